import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { jobInfo, pictureInfo } from "../support/fake-kernel.ts";
import { mount } from "../support/mount.ts";
import { until } from "../support/until.ts";

const fox = { prompt: "a fox", seed: 9 };
const saved = (id: string) => ({ _jobs: [jobInfo({ id, state: "saved", seconds: 14.2 })] });
const several = (count: number) =>
  Array.from({ length: count }, (_, place) =>
    pictureInfo({ id: `p${place}`, seed: place, prompt: `picture ${place}` }),
  );
const onStage = () => document.querySelector<HTMLImageElement>(".qn-pane img");
const wants = (panel: ReturnType<typeof mount>) =>
  panel.model.sent.flatMap((message) =>
    message.kind === "want" ? message.jobs.map((job) => `${job} ${message.size}`) : [],
  );

test("from a press to the picture, its phases in words", async () => {
  const panel = mount(fox);
  await page.getByRole("button", { name: /^Create/ }).click();
  for (const [state, words] of [
    ["sending", "Sending"],
    ["submitted", "Accepted"],
    ["processing", "Generating"],
    ["downloading", "Downloading"],
  ] as const) {
    panel.kernel.move("made-1", { state });
    await expect.element(page.getByText(words, { exact: true })).toBeVisible();
  }
  panel.kernel.move("made-1", { state: "saved", seconds: 3.21 });
  await expect.element(page.getByRole("img", { name: "a fox" })).toBeVisible();
  await expect.element(page.getByText(/3\.2 s.*31 credits.*seed 9/)).toBeVisible();
  await expect.element(page.getByText("2688 × 1536 png")).toBeVisible();
});

test("the preview is shown at once, the whole picture once it is decoded", async () => {
  const panel = mount(saved("p0"), { pictures: several(1) });
  const letGo = panel.kernel.hold("full");
  await until(() => expect(onStage()?.naturalWidth).toBe(384));
  letGo();
  await until(() => expect(onStage()?.naturalWidth).toBe(1344));
  expect(wants(panel).toSorted()).toEqual(["p0 full", "p0 preview"]);
});

test("a preview that the kernel pushes is not asked for again", async () => {
  const panel = mount(fox);
  await page.getByRole("button", { name: /^Create/ }).click();
  const preview = new DataView(new Uint8Array([255, 216]).buffer);
  panel.model.deliver({ kind: "preview", job: "made-1", size: "preview", mime: "image/jpeg" }, [preview]);
  panel.kernel.move("made-1", { state: "saved" });
  await until(() => expect(wants(panel)).toContain("made-1 full"));
  expect(wants(panel)).not.toContain("made-1 preview");
});

test("after a reload the bytes are asked for anew, and the words say how newer pictures get into the file", async () => {
  const panel = mount(saved("p0"), { pictures: several(3) });
  await until(() => expect(onStage()?.naturalWidth).toBeGreaterThan(0));
  panel.model.push({ _studio: { ...panel.model.get("_studio"), reloaded: true } });
  panel.model.push({ _jobs: [...panel.model.get("_jobs"), jobInfo({ id: "p1" })] });
  expect(panel.el.textContent).not.toContain("Run this cell again");
  panel.kernel.move("p1", { state: "saved" });
  await expect.element(page.getByText(/Run this cell again to put the newer pictures/)).toBeVisible();
});

test("two views of a panel show the same", async () => {
  const panel = mount(saved("p0"), { pictures: several(2) });
  const second = panel.view();
  await until(() => {
    const shown = second.el.querySelector<HTMLImageElement>(".qn-pane img");
    expect(shown?.naturalWidth).toBe(1344);
    expect(shown?.src).toBe(onStage()?.src);
  });
  second.close();
  expect(second.el.childElementCount).toBe(0);
  expect(panel.el.querySelector(".qn-panel")).not.toBeNull();
});

test("use settings, seed or prompt of a picture", async () => {
  const picture = pictureInfo({
    id: "p0",
    prompt: "a fox",
    seed: 41,
    image_size: "1:1",
    output_format: "jpeg",
  });
  const { model } = mount(saved("p0"), { pictures: [picture] });
  await page.getByRole("button", { name: "Use seed" }).click();
  expect([model.get("seed"), model.get("prompt")]).toEqual([41, ""]);
  await page.getByRole("button", { name: "Use prompt" }).click();
  await expect.element(page.getByRole("textbox", { name: "Prompt" })).toHaveValue("a fox");
  await page.getByRole("button", { name: "Use settings" }).click();
  expect([model.get("image_size"), model.get("output_format")]).toEqual(["1:1", "jpeg"]);
});

test("a result is edited by its address, while it has one", async () => {
  const [first, gone] = several(2);
  const { model } = mount(saved("p0"), {
    pictures: [{ ...first, url: "https://a.example.com/0.png" } as never, { ...gone, url: null } as never],
  });
  await page.getByRole("button", { name: "Edit this" }).click();
  expect(model.get("image_url")).toBe("https://a.example.com/0.png");
  await page.getByRole("option", { name: "Seed 1: picture 1" }).click();
  const edit = page.getByRole("button", { name: "Edit this" });
  await expect.element(edit).toHaveAttribute("aria-disabled", "true");
  (edit.element() as HTMLElement).click();
  await expect.element(page.getByText(/Its address has expired/)).toBeVisible();
});

test("two pictures are compared by a slider that the arrow keys move", async () => {
  mount(saved("p0"), { pictures: several(3) });
  await page.getByRole("button", { name: "Compare" }).click();
  const slider = page.getByRole("slider", { name: "How much of seed 0 is shown, beside seed 1" });
  slider.element().focus();
  await userEvent.keyboard("{ArrowLeft}{ArrowLeft}");
  await expect.element(slider).toHaveValue("48");
  await page.getByRole("option", { name: "Seed 2: picture 2" }).click();
  await expect.element(page.getByRole("slider", { name: /beside seed 2/ })).toBeVisible();
  await page.getByRole("button", { name: "Compare" }).click();
  expect(page.getByRole("slider").query()).toBeNull();
});

test("at actual size the picture is moved by keys and by dragging", async () => {
  mount(saved("p0"), { pictures: several(1) });
  await until(() => expect(onStage()?.naturalWidth).toBe(1344));
  await page.getByRole("button", { name: "Actual size" }).click();
  const pane = document.querySelector<HTMLElement>(".qn-pane");
  await until(() => expect(onStage()?.getBoundingClientRect().width).toBeCloseTo(1344 / devicePixelRatio));
  if (!pane) throw new Error("there is no pane");
  const left = pane.scrollLeft;
  pane.focus();
  await userEvent.keyboard("{ArrowRight}");
  await until(() => expect(pane.scrollLeft).toBeGreaterThan(left));
  const before = pane.scrollLeft;
  pane.dispatchEvent(
    new PointerEvent("pointermove", { buttons: 1, movementX: 30, movementY: 0, bubbles: true }),
  );
  expect(pane.scrollLeft).toBe(before - 30);
});

test("the whole picture is saved by the browser under its own name", async () => {
  mount(saved("p0"), { pictures: several(1) });
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
  await page.getByRole("button", { name: "Save as…" }).click();
  await until(() => expect(clicked).toHaveBeenCalled());
  const [link] = clicked.mock.contexts as HTMLAnchorElement[];
  expect(link).toMatchObject({ download: pictureInfo().name, href: expect.stringMatching(/^blob:/) });
  clicked.mockRestore();
});

test("a picture whose file is gone cannot be saved, and that is said", async () => {
  const panel = mount(saved("p0"), { pictures: several(1) });
  panel.kernel.gone.add("p0");
  await page.getByRole("button", { name: "Save as…" }).click();
  await expect.element(page.getByRole("status").getByText(/could not be read/)).toBeInTheDocument();
});

test("a picture that a person's task id brought can be taken back, others cannot", async () => {
  const pictures = [pictureInfo({ id: "p0", by_hand: true }), pictureInfo({ id: "p1" })];
  const panel = mount(saved("p0"), { pictures });
  const button = page.getByRole("button", { name: "Not this one: take the task id back" });
  await button.click();
  expect(panel.model.sent.at(-1)).toMatchObject({ kind: "act", verb: "take_back", job: "p0" });

  await page.getByRole("option").nth(1).click();
  await until(() => expect(button.query()).toBeNull());
});

test("a picture is deleted only after a question", async () => {
  const { kernel } = mount(saved("p0"), { pictures: several(2) });
  const ask = page.getByRole("button", { name: "Delete…" });
  await ask.click();
  await page.getByRole("button", { name: "Keep" }).click();
  expect(kernel.pictures).toHaveLength(2);
  await ask.click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await until(() => expect(kernel.pictures.map(({ id }) => id)).toEqual(["p1"]));
  await expect.element(page.getByRole("option", { name: "Seed 0: picture 0" })).not.toBeInTheDocument();
});

test("after the keys have left the strip, scrolling it does not take the focus back", async () => {
  mount(saved("p0"), { pictures: several(200) });
  await expect.element(page.getByRole("option", { name: "Seed 0: picture 0" })).toBeVisible();
  page.getByRole("option", { name: "Seed 0: picture 0" }).element().focus();
  await userEvent.keyboard("{ArrowRight}");
  const prompt = page.getByRole("textbox", { name: "Prompt" });
  await prompt.click();
  page.getByRole("listbox").element().scrollLeft = 92 * 4;
  await expect.element(page.getByRole("option", { name: "Seed 8: picture 8" })).toBeVisible();
  await expect.element(prompt).toHaveFocus();
});

test("the code is copied, and that is said once", async () => {
  mount(saved("p0"), { pictures: several(1) });
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  await page.getByRole("button", { name: "Copy code" }).click();
  await expect.element(page.getByRole("status").getByText("Copied.")).toBeInTheDocument();
  expect(write).toHaveBeenCalledWith(expect.stringContaining("qn.generate("));
  write.mockRestore();
});

test("the strip draws what is in sight, however many there are", async () => {
  const panel = mount(saved("p0"), { pictures: several(10_000) });
  const strip = page.getByRole("listbox", { name: "Earlier pictures" });
  await expect.element(strip).toBeVisible();
  expect(panel.el.querySelectorAll("*").length).toBeLessThan(400);
  strip.element().scrollLeft = 92 * 5000;
  await expect.element(page.getByRole("option", { name: "Seed 5000: picture 5000" })).toBeVisible();
  expect(panel.el.querySelectorAll("[role=option]").length).toBeLessThan(30);
});

test("the strip is walked by arrow keys", async () => {
  mount(saved("p0"), { pictures: several(200) });
  const first = page.getByRole("option", { name: "Seed 0: picture 0" });
  await expect.element(first).toBeVisible();
  first.element().focus();
  await userEvent.keyboard("{ArrowRight}");
  await expect.element(page.getByRole("option", { name: "Seed 1: picture 1" })).toHaveFocus();
  await userEvent.keyboard("{End}");
  await expect.element(page.getByRole("option", { name: "Seed 199: picture 199" })).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByRole("img", { name: "picture 199" })).toBeVisible();
});

test("many jobs have a line each, and what is not sent can be cancelled", async () => {
  const jobs = [1, 2, 3].map((seed) =>
    jobInfo({ id: `j${seed}`, seed, state: seed === 1 ? "processing" : "planned" }),
  );
  const panel = mount({ _jobs: jobs, _studio: { ...mount().model.get("_studio"), waiting: 20 } });
  await expect.element(page.getByText("20 more in work")).toBeVisible();
  await page.getByRole("button", { name: "Cancel seed 3" }).click();
  expect(panel.model.sent.at(-1)).toMatchObject({ kind: "act", verb: "cancel", job: "j3" });
});

test("the phases are announced in one place, many jobs as their sum", async () => {
  const panel = mount({ ...fox, count: 3, next_seed: "+1" });
  const status = () => panel.el.querySelector("[role=status]")?.textContent;
  expect(panel.el.querySelectorAll("[role=status]")).toHaveLength(1);
  await page.getByRole("button", { name: /^Create/ }).click();
  await until(() => expect(status()).toBe("3 in work, 0 saved."));
  panel.kernel.move("made-1", { state: "saved" });
  await until(() => expect(status()).toBe("2 in work, 1 saved."));
  panel.kernel.move("made-2", { state: "saved" });
  panel.kernel.move("made-3", { state: "saved" });
  await until(() => expect(status()).toBe("3 pictures are saved."));
});
