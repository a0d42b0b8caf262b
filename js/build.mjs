/**
 * Builds the panel and the grid into the Python package, and holds them to their sizes.
 *
 * Every widget carries its script and style into the saved notebook, so their weight is part of the interface: a build
 * above the limit fails.
 */

import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "..", "qwen_notebook", "widget", "static");
const LIMITS = {
  "panel.js": 80 * 1024,
  "panel.css": 12 * 1024,
  "grid.js": 46 * 1024,
  "grid.css": 12 * 1024,
};
async function bundle() {
  await mkdir(OUT, { recursive: true });
  await build({
    absWorkingDir: HERE,
    entryPoints: ["src/panel/panel.ts", "src/panel/panel.css", "src/grid/grid.ts", "src/grid/grid.css"],
    entryNames: "[name]",
    outdir: OUT,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome123", "firefox128", "safari18"],
    // Elements as calls of h(type, props, ...children) are 2 KB lighter than the automatic runtime's.
    jsx: "transform",
    jsxFactory: "h",
    jsxFragment: "Fragment",
    inject: ["src/shared/jsx.ts"],
    tsconfigRaw: {},
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  for (const script of ["panel.js", "grid.js"]) await squeeze(join(OUT, script));
}

/** What a second minifier finds: some 400 bytes, a feature's worth. */
async function squeeze(script) {
  const { code } = await minify(await readFile(script, "utf8"), { module: true, compress: { passes: 3 } });
  await writeFile(script, code);
}

async function weigh() {
  let fits = true;
  for (const [name, limit] of Object.entries(LIMITS)) {
    const file = join(OUT, name);
    const { size } = await stat(file);
    fits &&= size <= limit;
    const verdict = size <= limit ? "of" : "OVER";
    console.log(`${relative(HERE, file)}  ${(size / 1024).toFixed(1)} KB ${verdict} ${limit / 1024} KB`);
  }
  if (!fits) process.exitCode = 1;
}

if (!process.argv.includes("--size")) await bundle();
await weigh();
