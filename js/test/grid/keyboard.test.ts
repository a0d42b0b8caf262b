import { expect, onTestFinished, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { GRID_SCENES } from "../support/grid-scenes.ts";
import { showGrid } from "../support/mount-grid.ts";
import { until } from "../support/until.ts";

const cell = (name: string | RegExp) => page.getByRole("gridcell", { name });
const here = () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.tagName;

async function enter(scene: "done" | "many" = "done") {
  const grid = showGrid(GRID_SCENES[scene]());
  await expect.element(cell(/saved/).first()).toBeVisible();
  grid.el.querySelector<HTMLElement>("td[tabindex='0']")?.focus();
  return grid;
}

test("arrows, Home, End and their combinations move one stop", async () => {
  const { el } = await enter();
  const walk: [string, string][] = [
    ["{ArrowRight}", "vintage travel, a fox, seed 1"],
    ["{ArrowDown}", "vintage travel, an owl, seed 1"],
    ["{End}", "vintage travel, an owl, seed 3"],
    ["{ArrowRight}", "vintage travel, an owl, seed 3"],
    ["{Home}", "vintage travel, an owl, seed 0"],
    ["{ArrowLeft}", "vintage travel, an owl, seed 0"],
    ["{Control>}{End}{/Control}", "risograph, an owl, seed 3"],
    ["{ArrowUp}", "risograph, a fox, seed 3"],
    ["{Control>}{Home}{/Control}", "vintage travel, a fox, seed 0"],
    ["{PageDown}", /./.source],
    ["{PageUp}", "vintage travel, a fox, seed 0"],
  ];
  for (const [keys, name] of walk) {
    await userEvent.keyboard(keys);
    await until(() => expect(here()).toMatch(new RegExp(`^${name}`)));
    expect(el.querySelectorAll("td[tabindex='0']")).toHaveLength(1);
  }
});

test("in ten thousand cells the keys lead to the last and back, and the focus is kept", async () => {
  await enter("many");
  await userEvent.keyboard("{Control>}{End}{/Control}");
  await until(() => expect(here()).toMatch(/^subject 99, light 4, seed 19: saved/));
  await userEvent.keyboard("{PageUp}");
  await until(() => expect(here()).toMatch(/^subject 9\d, light \d, seed 19: saved/));
  await userEvent.keyboard("{Control>}{Home}{/Control}");
  await until(() => expect(here()).toMatch(/^subject 0, light 0, seed 0: saved/));
});

test("a stop that was scrolled out of sight is come back to with a key", async () => {
  const { el } = await enter("many");
  const sheet = el.querySelector(".qn-sheet") as HTMLElement;
  sheet.scrollTo(0, 30_000);
  await until(() => expect(here()).toMatch(/^Cells of the experiment/));
  await userEvent.keyboard("{ArrowRight}");
  await until(() => expect(here()).toMatch(/^subject 0, light 0, seed 1: saved/));
});

test("live news take no focus from another part of the page", async () => {
  const { model } = await enter();
  const field = document.createElement("input");
  document.body.append(field);
  field.focus();
  model.move([0], { starred: true });
  await expect.element(cell(/seed 0: saved, starred/).first()).toBeVisible();
  expect(document.activeElement).toBe(field);
});

test("Enter opens the cell, Escape closes it and gives the focus back", async () => {
  await enter();
  await userEvent.keyboard("{ArrowRight}{ArrowDown}{Enter}");
  const pane = page.getByRole("region", { name: "Cell" });
  await expect.element(pane).toHaveFocus();
  await expect.element(pane.getByRole("heading")).toHaveTextContent("vintage travel · an owl · seed 1");
  await userEvent.keyboard("{Escape}");
  await expect.element(pane).not.toBeInTheDocument();
  await until(() => expect(here()).toMatch(/^vintage travel, an owl, seed 1/));
});

test("with the detail open the arrows lead from cell to cell", async () => {
  await enter();
  await cell(/^vintage travel, a fox, seed 0/).click();
  await userEvent.keyboard("{ArrowRight}");
  await expect
    .element(page.getByRole("region", { name: "Cell" }).getByRole("heading"))
    .toHaveTextContent("vintage travel · a fox · seed 1");
});

test("s stars, p pins, and the notebook receives nothing of it", async () => {
  const received: string[] = [];
  const receive = ({ key }: KeyboardEvent) => received.push(key);
  document.addEventListener("keydown", receive);
  onTestFinished(() => document.removeEventListener("keydown", receive));
  const { sent } = await enter();
  await userEvent.keyboard("s");
  await expect.element(cell("vintage travel, a fox, seed 0: saved, starred")).toHaveFocus();
  expect(sent("mark")).toMatchObject([{ cell: 0, starred: true }]);
  await userEvent.keyboard("{ArrowRight}p");
  await expect.element(page.getByRole("status")).toHaveTextContent("Pinned: open another cell to compare.");
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByRole("textbox", { name: "Note" })).toBeVisible();
  await page.getByRole("textbox", { name: "Note" }).click();
  await userEvent.keyboard("abdd{Escape}");
  expect(received).toEqual([]);
});

test("with the detail open the way down is a cell at a time, also where the table scrolls", async () => {
  await enter();
  await cell(/^bauhaus, a fox, seed 2/).click();
  for (const name of ["bauhaus · an owl", "risograph · a fox", "risograph · an owl"]) {
    await userEvent.keyboard("{ArrowDown}");
    await expect
      .element(page.getByRole("region", { name: "Cell" }).getByRole("heading"))
      .toHaveTextContent(`${name} · seed 2`);
  }
});
