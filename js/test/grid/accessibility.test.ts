import axe from "axe-core";
import { afterEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { THEMES, undress, wear } from "../support/emulate.ts";
import { GRID_SCENES, type GridScene } from "../support/grid-scenes.ts";
import { showGrid } from "../support/mount-grid.ts";
import { until } from "../support/until.ts";

const STATES: GridScene[] = ["empty", "running", "done", "detail", "compare", "shapes", "offline"];
const cases = THEMES.flatMap((theme) => STATES.map((scene) => ({ theme, scene })));

afterEach(undress);

async function show(scene: GridScene, width?: number) {
  const grid = showGrid(GRID_SCENES[scene](), width);
  await expect.element(page.getByRole("gridcell", { name: /, / }).first()).toBeVisible();
  if (scene === "compare") {
    await page.getByRole("gridcell", { name: /^bauhaus, a fox, seed 2/ }).click();
    await userEvent.keyboard("p");
    await page.getByRole("gridcell", { name: /^bauhaus, a fox, seed 3/ }).click();
    await expect.element(page.getByRole("slider")).toBeVisible();
  }
  if (scene === "detail") {
    await page.getByRole("gridcell", { name: /^vintage travel, an owl, seed 2/ }).click();
    await expect.element(page.getByRole("textbox", { name: "Note" })).toBeVisible();
  }
  await until(() =>
    expect([...grid.el.querySelectorAll("img")].every(({ complete }) => complete)).toBe(true),
  );
  return grid;
}

test.each(cases)("axe finds nothing: $scene, $theme", async ({ theme, scene }) => {
  await wear(theme);
  const { el } = await show(scene);
  const { violations } = await axe.run(el, { rules: { region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
});

test("every target is at least 24 pixels high and wide", async () => {
  const { el } = await show("detail");
  for (const control of el.querySelectorAll<HTMLElement>("button, input, textarea, td[tabindex]")) {
    const { width, height } = control.getBoundingClientRect();
    expect(Math.min(width, height), control.outerHTML).toBeGreaterThanOrEqual(24);
  }
});

test("nothing but the table's inside is wider than a narrow grid", async () => {
  for (const scene of ["running", "detail", "compare"] as const) {
    const { el } = await show(scene, 360);
    const right = el.getBoundingClientRect().right;
    for (const part of el.querySelectorAll(".qn-grid *:not(.qn-sheet *, .qn-unseen)"))
      expect(
        part.getBoundingClientRect().right,
        `${scene}: ${part.outerHTML.slice(0, 200)}`,
      ).toBeLessThanOrEqual(right + 0.5);
    document.body.replaceChildren();
  }
});

test("the table says where each cell is, though only some are drawn", async () => {
  const { el } = await show("running");
  const table = page.getByRole("grid").element();
  expect(table.getAttribute("aria-rowcount")).toBe("7");
  expect(table.getAttribute("aria-colcount")).toBe("6");
  const cell = page.getByRole("gridcell", { name: "bauhaus, an owl, seed 1: generating" }).element();
  expect(cell.closest("tr")?.getAttribute("aria-rowindex")).toBe("5");
  expect(cell.getAttribute("aria-colindex")).toBe("4");
  const scopes = [...el.querySelectorAll("th")].map((head) => `${head.scope}: ${head.textContent}`);
  expect(scopes).toContain("col: seed 1");
  expect(scopes).toContain("rowgroup: bauhaus");
  expect(scopes).toContain("row: an owl");
});
