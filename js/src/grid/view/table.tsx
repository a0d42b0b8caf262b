import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Store } from "../state/store.ts";
import { cellName, headText } from "../text.ts";
import { ColumnHeads, groupsOf, Label } from "./heads.tsx";
import { inSight, measure } from "./measure.ts";
import { Tile } from "./tile.tsx";
import { useView } from "./use-view.ts";
import { type Place, step } from "./walk.ts";

/** The table. Only what is in sight is drawn, however many cells there are, and one cell is the stop of the Tab key. */
export function Table({ store }: { store: Store }) {
  const { cells, detail } = store;
  const frame = useRef<HTMLDivElement>(null);
  const { view, look } = useView(frame);
  const stop = useSignal<Place>({ row: 0, column: 0 });
  /** Whether the stop has to take the focus as soon as it is drawn. */
  const goal = useRef(false);
  /** Whether the table has the focus, also while its stop is out of sight. */
  const holds = useRef(false);

  cells.changes.value;
  const size = cells.size.value;
  const { top, left, width, height } = view.value;
  const rows = cells.rows.value;
  const columns = cells.columns.value;
  const shapes = store.sweep.value.shapes;
  const measures = measure({ size: store.size.value ?? "M", shapes, rows, columns, width });
  const { cellWidth, cellHeight, headWidth, headHeight, rowLevels, columnLevels } = measures;
  const total = size ?? { height: 0, width: 0 };
  const down = inSight(top, height - headHeight, cellHeight, total.height);
  const across = inSight(left, width - headWidth, cellWidth, total.width);

  useEffect(() => {
    const area = size
      ? { top: down[0], left: across[0], height: down[1] - down[0], width: across[1] - across[0] }
      : { top: 0, left: 0, height: 12, width: 12 };
    cells.show(area);
  }, [...down, ...across, size, rows, columns]);

  useLayoutEffect(() => {
    // At first as large as all columns fit; from then on a person's choice.
    if (!size || store.size.peek() !== null || frame.current?.clientWidth !== width) return;
    const large = measure({ size: "L", shapes, rows, columns, width });
    store.setSize(large.headWidth + size.width * large.cellWidth <= width ? "L" : "M");
  }, [size, width]);

  useLayoutEffect(() => {
    // Another order of the axes, or a table that has become smaller.
    const { row, column } = stop.peek();
    if (size && (row >= size.height || column >= size.width)) stop.value = { row: 0, column: 0 };
  }, [size]);

  useLayoutEffect(() => {
    const cell = frame.current?.querySelector<HTMLElement>("td[tabindex='0']");
    if (goal.current && cell) {
      goal.current = false;
      cell.focus({ preventScroll: true });
    } else if (holds.current && !goal.current && !frame.current?.contains(focusedIn(frame.current)))
      // The stop was scrolled out of sight: the table itself keeps the focus, so that the keys still work.
      frame.current?.querySelector<HTMLElement>("table")?.focus({ preventScroll: true });
  });

  const go = (place: Place) => {
    const { current } = frame;
    if (!current) return;
    const [x, y] = [place.column * cellWidth, place.row * cellHeight];
    const seen = { across: current.clientWidth - headWidth, down: current.clientHeight - headHeight };
    if (x < current.scrollLeft) current.scrollLeft = x;
    if (x + cellWidth > current.scrollLeft + seen.across) current.scrollLeft = x + cellWidth - seen.across;
    if (y < current.scrollTop) current.scrollTop = y;
    if (y + cellHeight > current.scrollTop + seen.down) current.scrollTop = y + cellHeight - seen.down;
    goal.current = true;
    look();
    stop.value = { ...place };
  };
  const follow = (place: Place) => {
    go(place);
    const cell = cells.at(place.row, place.column);
    if (cell && detail.opened.value !== null) detail.open(cell.n);
  };

  const open = (place: Place, enters = false) => {
    stop.value = place;
    const cell = cells.at(place.row, place.column);
    if (cell) detail.open(cell.n, enters);
  };

  const onKey = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((height - headHeight) / cellHeight) - 1);
    const next = step(event, stop.value, { ...total, page });
    const cell = cells.at(stop.value.row, stop.value.column);
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (next) follow(next);
    else if (plain && (event.key === "Enter" || event.key === " ")) open(stop.value, true);
    else if (plain && event.key === "s" && cell) void detail.star(cell);
    else if (plain && event.key === "p" && cell) detail.pin(cell.n);
    else if (event.key === "Escape" && detail.opened.value !== null) {
      event.stopPropagation();
      detail.close();
    } else return;
    event.preventDefault();
  };

  // Whoever leaves the detail comes back to the cell that it was of.
  const opened = detail.opened.value;
  const was = useRef(opened);
  useLayoutEffect(() => {
    if (was.current !== null && opened === null) go(stop.peek());
    was.current = opened;
  }, [opened]);

  const stopInSight =
    stop.value.row >= down[0] &&
    stop.value.row < down[1] &&
    stop.value.column >= across[0] &&
    stop.value.column < across[1];
  const gap = { before: across[0] * cellWidth, after: (total.width - across[1]) * cellWidth };
  const places = Array.from({ length: down[1] - down[0] }, (_, offset) => down[0] + offset);
  const across_ = Array.from({ length: across[1] - across[0] }, (_, offset) => across[0] + offset);
  const levels = rowLevels.map(({ axes }, level) =>
    groupsOf((place) => cells.head("row", place), down, level === rowLevels.length - 1, axes.at(-1) ?? 0),
  );

  return (
    <div ref={frame} class="qn-sheet" onScroll={look}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells are walked is a grid
        role="grid"
        aria-label={`Cells of the experiment, ${total.height} rows and ${total.width} columns`}
        aria-rowcount={columnLevels.length + total.height}
        aria-colcount={rowLevels.length + total.width}
        tabIndex={stopInSight ? -1 : 0}
        style={{ width: `${headWidth + total.width * cellWidth}px` }}
        onKeyDown={onKey}
        onFocusIn={() => {
          holds.current = true;
        }}
        onFocusOut={({ target }) => {
          // What was scrolled out of sight and removed has not been left.
          queueMicrotask(() => {
            if ((target as Element).isConnected)
              holds.current = !!frame.current?.contains(focusedIn(frame.current));
          });
        }}
      >
        <colgroup>
          {rowLevels.map((level) => (
            <col key={level.left} style={{ width: `${level.width}px` }} />
          ))}
          <col style={{ width: `${gap.before}px` }} />
          {across_.map((column) => (
            <col key={column} style={{ width: `${cellWidth}px` }} />
          ))}
          <col style={{ width: `${gap.after}px` }} />
        </colgroup>
        <ColumnHeads store={store} measures={measures} sight={across} />
        <tbody>
          {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: it takes no focus, it only takes room */}
          <tr aria-hidden="true" style={{ height: `${down[0] * cellHeight}px` }} />
          {places.map((row) => (
            <tr
              key={row}
              class={
                levels.length > 1 && levels[0]?.some(({ first }) => first === row) ? "qn-first" : undefined
              }
              aria-rowindex={columnLevels.length + row + 1}
              style={{ height: `${cellHeight}px` }}
            >
              {rowLevels.map(({ axes, left: at }, level) => {
                const group = levels[level]?.find(({ first }) => first === row);
                return (
                  group && (
                    <th
                      key={level}
                      scope={group.length > 1 ? "rowgroup" : "row"}
                      rowSpan={group.length}
                      aria-colindex={level + 1}
                      style={{ left: `${at}px` }}
                    >
                      <div
                        class="qn-row-head"
                        style={{ top: `${headHeight + 8}px`, maxHeight: `${cellHeight - 16}px` }}
                      >
                        {axes.map((axis) => (
                          <Label key={axis} axis={rows[axis] ?? ""} value={group.head?.[axis]} />
                        ))}
                      </div>
                    </th>
                  )
                );
              })}
              <td class="qn-gap" aria-hidden="true" />
              {across_.map((column) => {
                const cell = cells.at(row, column);
                const isStop = row === stop.value.row && column === stop.value.column;
                const where = [
                  headText(rows, cells.head("row", row) ?? []),
                  headText(columns, cells.head("column", column) ?? []),
                ]
                  .filter(Boolean)
                  .join(", ");
                return (
                  // biome-ignore lint/a11y/useAriaPropsSupportedByRole: within a grid it is a gridcell
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the table handles the keys of all its cells
                  <td
                    key={column}
                    class={cell && cell.n === detail.pinned.value ? "qn-cell qn-pinned" : "qn-cell"}
                    aria-colindex={rowLevels.length + column + 1}
                    aria-label={cellName(where || "The cell", cell, measures.captions)}
                    aria-selected={!!cell && cell.n === opened}
                    tabIndex={isStop ? 0 : -1}
                    onClick={() => open({ row, column })}
                    onFocus={() => {
                      stop.value = { row, column };
                    }}
                  >
                    <Tile store={store} cell={cell} measures={measures} />
                  </td>
                );
              })}
              <td class="qn-gap" aria-hidden="true" />
            </tr>
          ))}
          {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: as above */}
          <tr aria-hidden="true" style={{ height: `${(total.height - down[1]) * cellHeight}px` }} />
        </tbody>
      </table>
    </div>
  );
}

const focusedIn = (element: HTMLElement) => (element.getRootNode() as Document | ShadowRoot).activeElement;
