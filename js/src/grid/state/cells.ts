/** The table: how its axes lie, and the cells that were looked at. There may be ten thousand, so only windows are here. */

import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Ask } from "../../shared/channel.ts";
import { lasting, watchTrait } from "../../shared/model.ts";
import type { CellInfo, GridMessage, GridModel, GridResults, Head, WindowInfo } from "../protocol.ts";

export interface Area {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** Places that are kept; beyond them those out of sight are given back. */
const KEPT = 8000;
/** More rows and columns than are shown, so that a short way of scrolling asks for nothing. */
const MARGIN = 4;
const padded = ({ top, left, height, width }: Area): Area => ({
  top: Math.max(0, top - MARGIN),
  left: Math.max(0, left - MARGIN),
  height: height + 2 * MARGIN,
  width: width + 2 * MARGIN,
});

export type Cells = ReturnType<typeof createCells>;

export function createCells(
  model: GridModel,
  ask: Ask<GridMessage, GridResults>,
  alive: ReadonlySignal<boolean>,
  life: AbortSignal,
) {
  const rows = signal<readonly string[]>(model.get("rows"));
  const columns = signal<readonly string[]>(model.get("columns"));
  /** The size of the whole table, once it is known. */
  const size = signal<{ height: number; width: number } | null>(null);
  /** Counts what came, so that views draw it. */
  const changes = signal(0);
  const places = new Map<string, number | null>();
  const known = new Map<number, CellInfo>();
  const heads = { row: new Map<number, Head>(), column: new Map<number, Head>() };
  let wanted: Area | null = null;
  let asking = false;
  let arranging = false;
  let edition = 0;

  const key = (row: number, column: number) => `${row} ${column}`;

  function forget() {
    edition++;
    for (const map of [places, known, heads.row, heads.column]) map.clear();
  }

  function lacks({ top, left, height, width }: Area): boolean {
    const whole = size.peek();
    if (whole === null) return true;
    for (let row = top; row < Math.min(top + height, whole.height); row++)
      for (let column = left; column < Math.min(left + width, whole.width); column++)
        if (!places.has(key(row, column))) return true;
    return false;
  }

  async function fetchWanted() {
    if (asking || !wanted || !alive.peek() || life.aborted || !lacks(wanted)) return;
    const area = padded(wanted);
    const mine = edition;
    asking = true;
    const { result } = await ask({ kind: "window", rows: rows.peek(), columns: columns.peek(), ...area });
    asking = false;
    if (mine === edition && result) keep(area, result);
    // A person may have scrolled on meanwhile; a window that was refused is not asked for again.
    if (result || mine !== edition) void fetchWanted();
  }

  function keep(area: Area, { height, width, row_heads, column_heads, cells }: WindowInfo) {
    if (places.size > KEPT) forget();
    row_heads.forEach((head, offset) => {
      heads.row.set(area.top + offset, head);
    });
    column_heads.forEach((head, offset) => {
      heads.column.set(area.left + offset, head);
    });
    for (let row = 0; row < area.height; row++) {
      for (let column = 0; column < area.width; column++) {
        const cell = cells[row]?.[column] ?? null;
        places.set(key(area.top + row, area.left + column), cell?.n ?? null);
        if (cell) known.set(cell.n, cell);
      }
    }
    batch(() => {
      const before = size.peek();
      if (before?.height !== height || before.width !== width) size.value = { height, width };
      changes.value++;
    });
  }

  const adopt = () => {
    if (arranging) return;
    const [down, across] = [model.get("rows"), model.get("columns")];
    if (`${down}|${across}` === `${rows.peek()}|${columns.peek()}`) return;
    forget();
    batch(() => {
      rows.value = down;
      columns.value = across;
      size.value = null;
    });
    void fetchWanted();
  };
  watchTrait(model, "rows", life, adopt);
  watchTrait(model, "columns", life, adopt);
  lasting(life, () => {
    if (!alive.value) return;
    // A kernel that comes back may know more than what was read before.
    forget();
    void fetchWanted();
    return undefined;
  });

  return {
    rows,
    columns,
    size,
    changes,

    /** Put the axes down and across, in this order. */
    arrange(down: readonly string[], across: readonly string[]) {
      // The model reports each change at once, and half of the two is no arrangement.
      arranging = true;
      model.set("rows", [...down]);
      model.set("columns", [...across]);
      arranging = false;
      adopt();
      model.save_changes();
    },

    /** Have the part of the table here that a view shows. */
    show(area: Area) {
      wanted = area;
      void fetchWanted();
    },

    /** Cells have moved. */
    take(moved: readonly CellInfo[]) {
      for (const cell of moved) if (known.has(cell.n)) known.set(cell.n, cell);
      changes.value++;
    },

    /** The cell at a place: null where there is none, undefined while it is on its way. */
    at(row: number, column: number): CellInfo | null | undefined {
      const n = places.get(key(row, column));
      return n == null ? n : known.get(n);
    },

    head: (kind: "row" | "column", place: number): Head | undefined => heads[kind].get(place),
  };
}
