import { expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { GRID_SCENES } from "../support/grid-scenes.ts";
import { showGrid } from "../support/mount-grid.ts";
import { until } from "../support/until.ts";

const cell = (name: string | RegExp) => page.getByRole("gridcell", { name });
const button = (name: string) => page.getByRole("button", { name });
const heads = (el: HTMLElement, scope: string) =>
  [...el.querySelectorAll(`th[scope=${scope}]`)].map(({ textContent }) => textContent);
const frames = (count: number) =>
  new Promise<void>((resolve) => {
    const next = (left: number) => (left ? requestAnimationFrame(() => next(left - 1)) : resolve());
    next(count);
  });

test("ten thousand cells are fewer than two thousand elements while they are scrolled through", async () => {
  const { el, sent } = showGrid(GRID_SCENES.many());
  await expect.element(cell(/^subject 0, light 0, seed 0: saved/)).toBeVisible();
  await page.getByRole("radio", { name: "S", exact: true }).click();
  const sheet = el.querySelector(".qn-sheet") as HTMLElement;
  const far = sheet.scrollHeight;
  expect(far).toBeGreaterThan(500 * 60);
  for (let part = 0; part <= 20; part++) {
    sheet.scrollTo((part % 3) * 400, (far / 20) * part);
    await frames(2);
    expect(el.querySelectorAll("*").length).toBeLessThan(2000);
  }
  await until(() => expect(el.querySelector("td[aria-label^='subject 99, light 4']")).not.toBeNull());
  await until(() => expect(el.querySelectorAll(".qn-unread")).toHaveLength(0));
  // Windows were asked for as they came into sight, never the whole.
  for (const message of sent("window"))
    if (message.kind === "window") expect(message.height * message.width).toBeLessThan(1500);
});

test("previews are asked for when their cell comes into sight", async () => {
  const { el, sent } = showGrid(GRID_SCENES.many());
  await until(() => expect(el.querySelectorAll("img").length).toBeGreaterThan(10));
  const asked = () => sent("want").flatMap((message) => (message.kind === "want" ? message.jobs : []));
  expect(asked()).toContain("job-0");
  expect(asked()).not.toContain("job-9999");
  const sheet = el.querySelector(".qn-sheet") as HTMLElement;
  sheet.scrollTo(sheet.scrollWidth, sheet.scrollHeight);
  await until(() => expect(asked()).toContain("job-9999"));
  expect(new Set(asked()).size).toBe(asked().length);
});

test("it fills while it runs", async () => {
  const { model } = showGrid(GRID_SCENES.empty());
  await expect.element(cell("vintage travel, a fox, seed 0: new")).toBeVisible();
  model.move([0], { standing: "running", phase: "processing" });
  model.report({ run: { done: 0, total: 24 } });
  await expect.element(cell("vintage travel, a fox, seed 0: generating")).toBeVisible();
  await expect.element(page.getByRole("progressbar", { name: "Running: 0 of 24" })).toBeVisible();
  model.move([0], { standing: "saved", phase: null });
  model.report({ run: { done: 1, total: 24 } });
  await expect.element(cell("vintage travel, a fox, seed 0: saved")).toBeVisible();
  await expect.element(page.getByText("1 of 24 saved · 23 new").first()).toBeVisible();
  await expect.element(page.getByText("· 31 credits spent · 713 credits to go")).toBeVisible();
  await until(() => expect(document.querySelectorAll("td img")).toHaveLength(1));
});

test("an axis is put across and outwards, and both sides know", async () => {
  const { el, model, sent } = showGrid(GRID_SCENES.done());
  await expect.element(cell(/^bauhaus, a fox, seed 0/)).toBeVisible();
  await button("Put style on columns").click();
  await expect.element(cell(/^a fox, seed 0, bauhaus/)).toBeVisible();
  expect([model.get("rows"), model.get("columns"), model.saves]).toEqual([["animal"], ["seed", "style"], 1]);
  expect(heads(el, "colgroup").slice(0, 2)).toEqual(["seed 0", "seed 1"]);
  await button("Put style outside seed").click();
  await expect.element(cell(/^a fox, bauhaus, seed 0/)).toBeVisible();
  expect(heads(el, "colgroup")).toEqual(["vintage travel", "bauhaus"].concat(heads(el, "colgroup").slice(2)));
  expect(sent("window").at(-1)).toMatchObject({ rows: ["animal"], columns: ["style", "seed"] });
  await button("Put animal on columns").click();
  await expect.element(cell(/^vintage travel, seed 0, a fox/)).toBeVisible();
  expect(heads(el, "row")).toEqual([]);
});

test("a cell arranges the axes too", async () => {
  const { model } = showGrid(GRID_SCENES.done());
  await expect.element(cell(/^bauhaus, a fox, seed 0/)).toBeVisible();
  model.push({ rows: ["seed"], columns: ["style", "animal"] });
  await expect.element(cell(/^seed 0, bauhaus, a fox/)).toBeVisible();
});

test("the detail tells what was made, writes it into the panel, and keeps a note", async () => {
  const { model, sent } = showGrid(GRID_SCENES.done());
  await cell(/^vintage travel, an owl, seed 2/).click();
  const note = page.getByRole("textbox", { name: "Note" });
  await expect.element(note).toHaveValue("the best lettering so far");
  await expect.element(page.getByText("31 credits", { exact: true })).toBeVisible();
  await note.fill("for the cover");
  await button("Use in panel").click();
  await expect.element(page.getByText("The settings are in the panel.").first()).toBeVisible();
  expect(sent("mark")).toMatchObject([{ cell: 6, note: "for the cover" }]);
  expect(sent("use")).toMatchObject([{ cell: 6 }]);
  model.noPanel = true;
  await button("Use in panel").click();
  await expect
    .element(page.getByText("No panel of this folder is open. Open one in a cell.").first())
    .toBeVisible();
});

test("what is said of one cell is not read under another", async () => {
  const { el, model } = showGrid(GRID_SCENES.done());
  await cell(/^bauhaus, an owl, seed 0/).click();
  await expect.element(button("Star")).toBeVisible();
  model.silent = true;
  await button("Star").click();
  model.silent = false;
  await cell(/^bauhaus, an owl, seed 3/).click();
  await expect.element(page.getByRole("heading", { name: "bauhaus · an owl · seed 3" })).toBeVisible();
  model.catchUp();
  await expect.element(page.getByRole("status")).toHaveTextContent("Starred.");
  expect(el.querySelector(".qn-detail")?.textContent).not.toContain("Starred.");
  await button("Star").click();
  await until(() => expect(el.querySelector(".qn-detail")?.textContent).toContain("Starred."));
});

test("a pinned cell is compared with the one that is opened", async () => {
  showGrid(GRID_SCENES.done());
  await cell(/^bauhaus, an owl, seed 0/).click();
  await button("Pin to compare").click();
  await cell(/^bauhaus, an owl, seed 3/).click();
  const slider = page.getByRole("slider", { name: "How much of seed 3 is shown, beside seed 0" });
  await expect.element(slider).toBeVisible();
  await button("Close").click();
  await expect.element(slider).not.toBeInTheDocument();
});

test("what went wrong is said in words, and whether it was charged", async () => {
  showGrid(GRID_SCENES.done());
  await expect.element(cell("bauhaus, a fox, seed 1: failed, refunded")).toHaveTextContent("failed refunded");
  await cell("bauhaus, a fox, seed 1: failed, refunded").click();
  await expect.element(page.getByText(/turned this request down. The charge was refunded/)).toBeVisible();
  await expect.element(cell("risograph, a fox, seed 1: uncertain, may be charged")).toBeVisible();
});

test("offline nothing is said of credits", async () => {
  const { el } = showGrid(GRID_SCENES.offline());
  await expect.element(cell(/^bauhaus, an owl, seed 0/)).toBeVisible();
  expect(el.textContent).not.toMatch(/credit/);
  await expect.element(page.getByText(/offline previews are free/)).toBeVisible();
});

test("without a kernel it says so, and hides no shared picture", async () => {
  const model = GRID_SCENES.done();
  model.dead = true;
  const { el } = showGrid(model);
  await expect
    .element(page.getByText(/No kernel is connected: this is the grid as it was saved/))
    .toBeVisible();
  await expect.element(page.getByText(/21 of 24 saved/).first()).toBeVisible();
  expect(el.querySelector(".qn-alive")).toBeNull();
});

test("a kernel that comes back is asked anew", async () => {
  const model = GRID_SCENES.done();
  model.dead = true;
  showGrid(model);
  await expect.element(page.getByText(/No kernel is connected/)).toBeVisible();
  model.dead = false;
  model.emit("comm_live_update");
  await expect.element(cell(/^bauhaus, an owl, seed 0/)).toBeVisible();
});

test("closing leaves nothing behind", async () => {
  const revoked: string[] = [];
  const revoke = URL.revokeObjectURL;
  URL.revokeObjectURL = (url) => {
    if (url) revoked.push(url);
    revoke.call(URL, url);
  };
  const { el, model, close } = showGrid(GRID_SCENES.done());
  await until(() => expect(el.querySelectorAll("td img")).toHaveLength(21));
  expect(model.listeners).toBeGreaterThan(0);
  const watching = vi.spyOn(ResizeObserver.prototype, "disconnect");
  close();
  await until(() => expect(watching).toHaveBeenCalled());
  watching.mockRestore();
  URL.revokeObjectURL = revoke;
  expect(model.listeners).toBe(0);
  expect(el.childElementCount).toBe(0);
  expect(revoked.length).toBeGreaterThanOrEqual(21);
});
