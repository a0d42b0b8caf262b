import { type Axis, FakeGrid } from "./fake-grid.ts";

const STYLE: Axis = { name: "style", values: ["vintage travel", "bauhaus", "risograph"] };
const ANIMAL: Axis = { name: "animal", values: ["a fox", "an owl"] };
const SEED: Axis = { name: "seed", values: ["0", "1", "2", "3"] };
const SHAPE: Axis = { name: "image_size", values: ["1:1", "16:9", "9:16"] };

/** The states of a grid worth looking at. */
export const GRID_SCENES = { empty, running, done, detail, compare, shapes, many, offline };
export type GridScene = keyof typeof GRID_SCENES;

const first = (count: number) => Array.from({ length: count }, (_, n) => n);

function small() {
  return new FakeGrid([STYLE, ANIMAL, SEED], ["seed"]);
}

function empty() {
  return small();
}

function running() {
  const grid = small();
  grid.move(first(13), { standing: "saved" });
  grid.move([4], { standing: "failed", charge: "refunded" });
  grid.move([13, 14], { standing: "running", phase: "processing" });
  grid.move([15], { standing: "running", phase: "downloading" });
  grid.move([16], { standing: "running", phase: "planned" });
  grid.report({ run: { done: 13, total: 24 } });
  return grid;
}

function done() {
  const grid = small();
  grid.move(first(24), { standing: "saved" });
  grid.move([9], { standing: "failed", charge: "refunded" });
  grid.move([17], { standing: "uncertain", charge: "maybe" });
  grid.move([20], { standing: "deleted" });
  grid.move([2, 6], { starred: true });
  grid.move([6, 11], { noted: true });
  grid.notes.set(6, "the best lettering so far");
  return grid;
}

function detail() {
  return done();
}

function compare() {
  return done();
}

function shapes() {
  const grid = new FakeGrid([ANIMAL, { name: "mood", values: ["calm", "wild"] }, SHAPE], ["image_size"], {
    common: [],
  });
  grid.move(first(12), { standing: "saved" });
  grid.move([5, 7], { standing: "new" });
  return grid;
}

function offline() {
  const grid = done();
  grid.push({ _sweep: { ...grid.get("_sweep"), service: "simulator" } });
  grid.report();
  return grid;
}

/** Ten thousand cells. */
function many() {
  const values = (length: number, word: string) => Array.from({ length }, (_, n) => `${word} ${n}`);
  const grid = new FakeGrid(
    [
      { name: "subject", values: values(100, "subject") },
      { name: "light", values: values(5, "light") },
      { name: "seed", values: values(20, "").map((value) => value.trim()) },
    ],
    ["seed"],
  );
  for (const cell of grid.cells) cell.standing = "saved";
  grid.report();
  return grid;
}
