/** Who may import whom; that a view cannot write a state's signals is held by the type of the stores, `ForViews`. */

import { expect, test } from "vitest";

const SOURCES = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>("../../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true }),
  ).map(([path, text]) => [path.replace("../../src/", ""), text]),
);
const IMPORT = /^(?:import|export)\b(?<what>[^;"']*?)from\s+"(?<from>\.[^"]+)";/gm;

interface Import {
  file: string;
  target: string;
  onlyTypes: boolean;
}

const IMPORTS: readonly Import[] = Object.entries(SOURCES).flatMap(([file, text]) =>
  [...text.matchAll(IMPORT)].map(({ groups }) => ({
    file,
    target: new URL(groups?.from ?? "", `file:///${file}`).pathname.slice(1),
    onlyTypes: groups?.what?.trimStart().startsWith("type ") ?? false,
  })),
);

/** The imports from one place to another that are not allowed, as a person can read them. */
const forbidden = (from: RegExp, to: RegExp, allowed: (one: Import) => boolean = () => false) =>
  IMPORTS.filter((one) => from.test(one.file) && to.test(one.target) && !allowed(one)).map(
    ({ file, target }) => `${file} imports ${target}`,
  );

/** Every file that an entry point needs, types included. */
function reached(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const { file, target } of IMPORTS) if (file === entry) reached(target, seen);
  return seen;
}

test("every import leads to a file", () => {
  expect(IMPORTS.length).toBeGreaterThan(100);
  expect(IMPORTS.map(({ target }) => target).filter((target) => !(target in SOURCES))).toEqual([]);
});

test("panel and grid know nothing of each other, and what they share knows neither", () => {
  expect(forbidden(/^shared\//, /^(?:panel|grid)\//)).toEqual([]);
  expect(forbidden(/^panel\//, /^grid\//)).toEqual([]);
  expect(forbidden(/^grid\//, /^panel\//)).toEqual([]);
});

test("a state imports no view", () => {
  expect(forbidden(/\/state\//, /\/view\//)).toEqual([]);
});

test("a view makes no state: it imports only types of it", () => {
  expect(forbidden(/\/view\//, /\/state\//, ({ onlyTypes }) => onlyTypes)).toEqual([]);
});

test("what is shared is needed by both", () => {
  const [panel, grid] = [reached("panel/panel.ts"), reached("grid/grid.ts")];
  // The build puts it into every file that has JSX.
  const shared = Object.keys(SOURCES).filter(
    (file) => file.startsWith("shared/") && file !== "shared/jsx.ts",
  );
  expect(shared.filter((file) => !panel.has(file) || !grid.has(file))).toEqual([]);
});
