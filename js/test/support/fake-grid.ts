import type {
  CellInfo,
  CellStatus,
  DetailInfo,
  FromGrid,
  GridModel,
  GridSettings,
  GridTraits,
  ToGrid,
  Window,
  WindowInfo,
} from "../../src/grid/protocol.ts";
import type { ImageSize } from "../../src/shared/protocol.ts";
import { pictureInfo } from "./fake-kernel.ts";
import { Listening } from "./listening.ts";
import { FREE, moneyOf } from "./money.ts";
import { paint } from "./paint.ts";

export interface Axis {
  name: string;
  values: string[];
}

const NONE = { new: 0, running: 0, saved: 0, uncertain: 0, failed: 0, deleted: 0 };

/** An experiment in a kernel, and the model that a grid has of it. Cells are multiplied out, the last axis first. */
export class FakeGrid extends Listening implements GridModel {
  readonly sent: FromGrid[] = [];
  saves = 0;
  dead = false;
  /** While set, messages pile up as they do behind a running cell. */
  silent = false;
  readonly cells: CellInfo[];
  readonly notes = new Map<number, string>();
  /** Why "Use in panel" is turned down, if it is. */
  noPanel = false;
  readonly #waiting: FromGrid[] = [];
  readonly #axes: Axis[];
  readonly #traits: GridTraits;

  constructor(axes: Axis[], columns: string[], traits: Partial<GridTraits["_sweep"]> = {}) {
    super();
    this.#axes = axes;
    const count = axes.reduce((product, { values }) => product * values.length, 1);
    this.cells = Array.from({ length: count }, (_, n) => this.#newCell(n));
    this.#traits = {
      rows: axes.map(({ name }) => name).filter((name) => !columns.includes(name)),
      columns,
      _sweep: {
        title: "a {style} poster of {animal} that reads “VISIT MARS”",
        axes: axes.map(({ name, values }) => ({ name, values: values.length })),
        common: [["image_size", "16:9"]],
        shapes: [...new Set(this.cells.map(({ size }) => size))],
        cells: count,
        skipped: 0,
        problems: [],
        service: "reapi",
        folder: "qwen-images",
        ...traits,
      },
      _standing: {
        counts: { ...NONE, new: count },
        money: moneyOf(0),
        folder_money: moneyOf(0),
        price: 31,
        run: null,
        stopped: null,
        paused: null,
        reloaded: false,
      },
    };
  }

  get<Name extends keyof GridTraits>(name: Name): GridTraits[Name] {
    return this.#traits[name];
  }

  set<Name extends keyof GridSettings>(name: Name, value: GridSettings[Name]) {
    (this.#traits as GridSettings)[name] = value;
    this.emit(`change:${name}`); // as Backbone does
  }

  save_changes() {
    this.saves += 1;
  }

  send(content: { id: string; kind: string }) {
    if (this.dead) throw new Error("the comm is closed");
    const copy = structuredClone(content) as FromGrid;
    this.sent.push(copy);
    if (this.silent) this.#waiting.push(copy);
    else queueMicrotask(() => this.#take(copy));
  }

  /** Answer what piled up. */
  catchUp() {
    for (const message of this.#waiting.splice(0)) this.#take(message);
  }

  push(traits: Partial<GridTraits>) {
    Object.assign(this.#traits, traits);
    for (const name of Object.keys(traits)) this.emit(`change:${name}`);
  }

  /** Move cells on, and report them as the kernel does. */
  move(numbers: number[], change: Partial<CellInfo>) {
    for (const n of numbers) Object.assign(this.cells[n] ?? {}, change);
    this.#deliver({ kind: "cells", cells: numbers.map((n) => this.#cell(n)) });
    this.report();
  }

  /** Report the state of the whole. */
  report(change: Partial<GridTraits["_standing"]> = {}) {
    const counts = { ...NONE };
    for (const { standing } of this.cells) counts[standing]++;
    const money = this.#traits._sweep.service === "simulator" ? FREE : moneyOf(counts.saved * 31);
    this.push({ _standing: { ...this.#traits._standing, counts, money, folder_money: money, ...change } });
  }

  #newCell(n: number): CellInfo {
    const size = (this.#value(n, "image_size") ?? "16:9") as ImageSize;
    const seed = Number(this.#value(n, "seed") ?? 100 + n);
    const standing: CellStatus = "new";
    return { n, standing, phase: null, job: null, seed, size, starred: false, noted: false, charge: null };
  }

  #value(n: number, name: string): string | undefined {
    let rest = n;
    for (const axis of this.#axes.toReversed()) {
      if (axis.name === name) return axis.values[rest % axis.values.length];
      rest = Math.floor(rest / axis.values.length);
    }
    return undefined;
  }

  #cell = (n: number): CellInfo => {
    const cell = this.cells[n];
    if (!cell) throw new Error(`no cell ${n}`);
    return { ...cell, job: cell.standing === "new" ? null : `job-${n}` };
  };

  #deliver(content: ToGrid, buffers: BufferSource[] = []) {
    this.emit("msg:custom", structuredClone(content) as never, buffers as never);
  }

  #take(message: FromGrid) {
    const ack = (result: object) =>
      this.#deliver({ kind: "ack", id: message.id, result: result as Record<string, unknown> });
    if (message.kind === "hello") ack({ kernel: "k-1", v: 1 });
    if (message.kind === "window") ack(this.#window(message));
    if (message.kind === "detail") ack(this.#detail(message.cell));
    if (message.kind === "code") ack({ code: `qn.generate("a poster", seed=${message.cell})` });
    if (message.kind === "want") void this.#paint(message);
    if (message.kind === "use" && !this.noPanel) ack({});
    if (message.kind === "use" && this.noPanel)
      this.#deliver({
        kind: "reject",
        id: message.id,
        error: {
          kind: "QwenError",
          what: "No panel of this folder is open.",
          charge: "free",
          todo: "Open one in a cell.",
        },
      });
    if (message.kind === "mark") {
      const cell = this.cells[message.cell];
      if (cell && message.starred != null) cell.starred = message.starred;
      if (cell && message.note != null) cell.noted = message.note !== "";
      if (message.note != null) this.notes.set(message.cell, message.note);
      ack({ cell: this.#cell(message.cell) });
    }
  }

  #window({ rows, columns, top, left, height, width }: Window): WindowInfo {
    const lengths = (names: readonly string[]) =>
      names.map((name) => this.#axes.find((axis) => axis.name === name)?.values ?? []);
    const [down, across] = [lengths(rows), lengths(columns)];
    const product = (all: string[][]) => all.reduce((size, { length }) => size * length, 1);
    const whole = { height: product(down), width: product(across) };
    const head = (all: string[][], place: number) => {
      const texts: string[] = [];
      let rest = place;
      for (const values of all.toReversed()) {
        texts.unshift(values[rest % values.length] ?? "");
        rest = Math.floor(rest / values.length);
      }
      return texts;
    };
    const span = (first: number, length: number, most: number) =>
      Array.from({ length: Math.max(0, Math.min(length, most - first)) }, (_, offset) => first + offset);
    const [some, others] = [span(top, height, whole.height), span(left, width, whole.width)];
    return {
      ...whole,
      row_heads: some.map((row) => head(down, row)),
      column_heads: others.map((column) => head(across, column)),
      cells: some.map((row) =>
        others.map((column) => {
          const values = new Map([
            ...rows.map((name, place) => [name, head(down, row)[place]] as const),
            ...columns.map((name, place) => [name, head(across, column)[place]] as const),
          ]);
          let n = 0;
          for (const axis of this.#axes)
            n = n * axis.values.length + axis.values.indexOf(values.get(axis.name) ?? "");
          return this.#cell(n);
        }),
      ),
    };
  }

  #picture(n: number) {
    const cell = this.#cell(n);
    const [w = 16, h = 9] = cell.size.split(":").map(Number);
    const size = { width: w * 160, height: h * 160 };
    return pictureInfo({ id: `job-${n}`, seed: cell.seed, image_size: cell.size, ...size });
  }

  #detail(n: number): DetailInfo {
    const cell = this.#cell(n);
    const { id: _, width: _w, height: _h, made: _m, seconds: _s, ...rest } = this.#picture(n);
    const { credits: _c, service: _v, name: _n, url: _u, ...request } = rest;
    const failed = cell.standing === "failed";
    return {
      cell,
      values: this.#axes.map(({ name }) => [name, this.#value(n, name) ?? ""]),
      request,
      picture: cell.standing === "saved" ? this.#picture(n) : null,
      note: this.notes.get(n) ?? "",
      error: failed
        ? {
            kind: "ContentRejected",
            what: "The content policy of the service turned this request down.",
            charge: "refunded",
            todo: "Change the prompt.",
          }
        : null,
    };
  }

  async #paint(message: FromGrid & { kind: "want" }) {
    const { size = "preview" } = message;
    for (const job of message.jobs) {
      const picture = this.#picture(Number(job.slice(4)));
      const blob = await paint(picture, size === "full" ? 1280 : 384);
      const bytes = new Uint8Array(await blob.arrayBuffer());
      this.#deliver({ kind: "preview", job, size, mime: blob.type }, [bytes]);
    }
    this.#deliver({ kind: "ack", id: message.id, result: { missing: [] } });
  }
}
