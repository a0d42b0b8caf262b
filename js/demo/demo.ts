/**
 * The panel without Jupyter: `?scene=busy&theme=dark&width=400`; the grid: `?grid=done`.
 *
 * JupyterLab's variables are taken from an installed JupyterLab, where vite is told of one by QWEN_LAB_THEMES.
 */

import "../src/panel/panel.css";
import "../src/grid/grid.css";
import gridWidget from "../src/grid/grid.ts";
import panelWidget from "../src/panel/panel.ts";
import { GRID_SCENES, type GridScene } from "../test/support/grid-scenes.ts";
import { SCENES, type Scene } from "../test/support/scenes.ts";

const query = new URLSearchParams(location.search);
const scene = (query.get("scene") ?? "empty") as Scene;
const theme = query.get("theme");
const width = query.get("width");

async function wearTheme(name: string) {
  document.body.dataset.jpThemeLight = String(name === "light");
  document.documentElement.style.colorScheme = name;
  const response = await fetch(`/themes/theme-${name}-extension/index.css`);
  if (response.ok)
    document.head.append(
      Object.assign(document.createElement("style"), { textContent: await response.text() }),
    );
}

const el = document.querySelector<HTMLElement>("#panel");
if (!el) throw new Error("the page lacks its panel");
if (theme) await wearTheme(theme);
if (width) el.style.width = `${width}px`;
const { signal } = new AbortController();
const grid = query.get("grid") as GridScene | null;
if (grid) {
  const model = GRID_SCENES[grid]();
  const { initialize, render } = gridWidget();
  initialize({ model, signal });
  render({ model, el, signal });
} else {
  const { model } = SCENES[scene]();
  const { initialize, render } = panelWidget();
  initialize({ model, signal });
  render({ model, el, signal });
}
