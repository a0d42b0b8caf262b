/** Every example message, as the grid really sends it or makes something of it. */

import { expect, onTestFinished, test } from "vitest";
import examples from "../../../tests/messages/grid.json";
import type { FromGrid, GridTraits, ToGrid } from "../../src/grid/protocol.ts";
import { createStore } from "../../src/grid/state/store.ts";
import { FakeGrid } from "../support/fake-grid.ts";
import { showGrid } from "../support/mount-grid.ts";
import { until } from "../support/until.ts";

type Sent = keyof typeof examples.from_grid;

/** An experiment whose kernel says nothing by itself. */
function silent() {
  const model = new FakeGrid([{ name: "animal", values: ["fox", "owl"] }], []);
  model.silent = true;
  model.push(examples.traits as unknown as GridTraits);
  return model;
}

function open() {
  const model = silent();
  const life = new AbortController();
  onTestFinished(() => life.abort());
  return { model, store: createStore(model, life.signal) };
}

type Grid = ReturnType<typeof open>;

const deliver = (model: FakeGrid, content: unknown) =>
  model.emit("msg:custom", content as ToGrid as never, [] as never);

/** Answer the oldest message of a kind. */
async function answer(model: FakeGrid, kind: FromGrid["kind"], result: object) {
  const message = await until(() => {
    const found = model.sent.find((one) => one.kind === kind);
    expect(found, kind).toBeDefined();
    return found;
  });
  deliver(model, { kind: "ack", id: message?.id, result });
}

const connect = (model: FakeGrid) => answer(model, "hello", { kernel: "k", v: 1 });

const SEND: Record<Sent, (grid: Grid) => unknown> = {
  hello: ({ store }) => store.hello(),
  want: ({ store }) => store.pictures.demand("j1", "preview"),
  async window({ model, store }) {
    void store.hello();
    await connect(model);
    await until(() => expect(store.alive.value).toBe(true));
    store.cells.show({ top: 0, left: 0, height: 12, width: 8 });
  },
  detail: ({ store }) => store.detail.open(0),
  star: ({ store }) => store.detail.star({ ...cellOf("new"), standing: "saved" }),
  note: ({ store }) => store.detail.note(0, "for the cover"),
  use: ({ store }) => store.detail.use(0),
  code: ({ store }) => store.detail.copyCode(0),
};

function cellOf(standing: "new" | "saved") {
  const plain = {
    phase: null,
    job: null,
    seed: 1,
    size: "16:9",
    starred: false,
    noted: false,
    charge: null,
  } as const;
  return { n: 0, standing, ...plain };
}

test.each(Object.keys(SEND) as Sent[])("the grid sends %s as the kernel reads it", async (name) => {
  const grid = open();
  grid.store.cells.arrange(["animal"], ["seed"]);
  void SEND[name](grid);
  const example = examples.from_grid[name];
  const drawn = { id: expect.any(String), ...("store" in example && { store: expect.any(String) }) };
  await until(() => expect(grid.model.sent).toContainEqual({ ...example, ...drawn }));
});

test("the detail of a cell is read as it is", async () => {
  const { model, store } = open();
  store.detail.open(2);
  await answer(model, "detail", examples.results.detail);
  await until(() => expect(store.detail.info.value).toEqual(examples.results.detail));
});

test("the grid reads every trait of the kernel's", () => {
  const { store } = open();
  const { _sweep, _standing, rows, columns } = examples.traits;
  expect([store.sweep.value, store.overview.value]).toEqual([_sweep, _standing]);
  expect([store.cells.rows.value, store.cells.columns.value]).toEqual([rows, columns]);
});

test("the fake experiment has the traits of the kernel's", () => {
  const model = new FakeGrid([{ name: "animal", values: ["fox", "owl"] }], []);
  for (const name of ["_sweep", "_standing"] as const)
    expect(Object.keys(model.get(name)).sort(), name).toEqual(Object.keys(examples.traits[name]).sort());
});

test("the kernel's window is drawn as it is, with a place that has no cell", async () => {
  const model = silent();
  const { el } = showGrid(model);
  await connect(model);
  await answer(model, "window", examples.results.window);
  const names = () => [...el.querySelectorAll("td[tabindex]")].map((cell) => cell.getAttribute("aria-label"));
  await until(() =>
    expect(names()).toEqual([
      "fox, seed 1: saved, starred",
      "fox: no cell",
      "owl, seed 1: generating",
      "owl: failed, refunded",
    ]),
  );
  deliver(model, examples.cells);
  await until(() => expect(names()[2]).toBe("owl, seed 1: saved"));
});
