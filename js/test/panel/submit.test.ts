import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Submit } from "../../src/panel/protocol.ts";
import { jobInfo, pictureInfo } from "../support/fake-kernel.ts";
import { FakeModel } from "../support/fake-model.ts";
import { FREE, moneyOf } from "../support/money.ts";
import { mount } from "../support/mount.ts";
import { until } from "../support/until.ts";

const create = () => page.getByRole("button", { name: /^Create/ });
const fox = { prompt: "a fox", seed: 7 };
const SIMULATOR = { ...new FakeModel().get("_studio"), service: "simulator", money: FREE };

const submits = ({ model }: { model: FakeModel }) =>
  model.sent.filter((message): message is Submit & { id: string } => message.kind === "submit");
const seeds = (panel: { model: FakeModel }) => submits(panel).map(({ request }) => request.seed);

test("submitting sends the complete request", async () => {
  const panel = mount({
    ...fox,
    image_url: "https://example.com/a.png",
    image_size: "21:9",
    nsfw_checker: true,
  });
  await create().click();
  expect(submits(panel)).toMatchObject([
    {
      again: false,
      request: {
        prompt: "a fox",
        image_url: "https://example.com/a.png",
        image_size: "21:9",
        output_format: "png",
        seed: 7,
        nsfw_checker: true,
      },
    },
  ]);
});

test("a submission shows at once, also behind a busy kernel, and becomes the kernel's job", async () => {
  const panel = mount(fox);
  panel.kernel.busy = true;
  create()
    .element()
    .dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await until(() => expect(panel.el.textContent).toContain("Sending to the kernel"));
  panel.kernel.answer();
  await expect.element(page.getByText("Waiting, not sent")).toBeVisible();
  panel.kernel.move("made-1", { state: "processing" });
  await expect.element(page.getByText("Generating", { exact: true })).toBeVisible();
  expect(panel.el.textContent).not.toContain("Sending to the kernel");
});

test("Ctrl+Enter in the prompt presses, Enter and Shift+Enter write", async () => {
  const panel = mount();
  await page.getByRole("textbox", { name: "Prompt" }).click();
  await userEvent.keyboard("a{Enter}b{Shift>}{Enter}{/Shift}c{Control>}{Enter}{/Control}");
  await until(() => expect(submits(panel)).toHaveLength(1));
  expect(submits(panel)[0]?.request.prompt).toBe("a\nb\nc");
});

test("nothing is sent that would be refused", async () => {
  const panel = mount();
  await expect.element(create()).toHaveAttribute("aria-disabled", "true");
  (create().element() as HTMLElement).click();
  await expect.element(page.getByText("Describe the image first.")).toBeVisible();
  panel.model.push({ prompt: "a fox", image_size: "21:9" });
  await expect.element(page.getByText("21:9 needs a source image.")).toBeVisible();
  (create().element() as HTMLElement).click();
  expect(submits(panel)).toEqual([]);
});

test.each([
  ["same", [7, 8, 9], 7],
  ["+1", [7, 8, 9], 10],
] as const)("next seed %s", async (next_seed, sent, after) => {
  const panel = mount({ ...fox, count: 3, next_seed });
  await create().click();
  expect(seeds(panel)).toEqual(sent);
  expect(panel.model.get("seed")).toBe(after);
});

test("a random next seed is another one, and is seen before it is used", async () => {
  const panel = mount({ ...fox, next_seed: "random" });
  await create().click();
  const next = panel.model.get("seed");
  expect(next).not.toBe(7);
  await create().click();
  expect(seeds(panel)).toEqual([7, next]);
});

test("without a seed each press draws one, and the field stays empty", async () => {
  const panel = mount({ ...fox, seed: null, count: 2 });
  await create().click();
  const [one, two] = seeds(panel);
  expect(two).toBe((one ?? 0) + 1);
  expect(panel.model.get("seed")).toBeNull();
});

test("seeds go round at the end of their range", async () => {
  const panel = mount({ ...fox, seed: 2 ** 31 - 1, count: 2, next_seed: "+1" });
  await create().click();
  expect(seeds(panel)).toEqual([2 ** 31 - 1, 0]);
  expect(panel.model.get("seed")).toBe(1);
});

test.each([{ seed: 7 }, { seed: null }])(
  "a double press with seed $seed asks instead of buying twice",
  async ({ seed }) => {
    const panel = mount({ ...fox, seed });
    panel.kernel.busy = true;
    const button = create().element() as HTMLElement;
    for (let press = 0; press < 5; press++) button.click();
    await expect.element(page.getByText("This is already being made.")).toBeVisible();
    expect(submits(panel)).toHaveLength(1);
    await page.getByRole("button", { name: "Make another · 31 credits" }).click();
    expect(submits(panel).map(({ again }) => again)).toEqual([false, true]);
  },
);

test("what the press shows is what the kernel is asked for", async () => {
  const panel = mount({ ...fox, next_seed: "+1" });
  panel.kernel.busy = true;
  const button = create().element() as HTMLElement;
  for (let press = 0; press < 5; press++) button.click();
  await until(() => expect(panel.el.querySelectorAll(".qn-queue li")).toHaveLength(4));
  expect(seeds(panel)).toEqual([7, 8, 9, 10, 11]);
});

test("the echo of a press does not take the next one's seed back", async () => {
  const panel = mount({ ...fox, next_seed: "+1" });
  panel.kernel.busy = true;
  const button = create().element() as HTMLElement;
  button.click();
  panel.model.push({ seed: 7 });
  button.click();
  expect(seeds(panel)).toEqual([7, 8]);
  expect(panel.model.get("seed")).toBe(9);
});

test("a saved picture of the same request is shown for nothing, or made again", async () => {
  const picture = pictureInfo({ id: "p7", ...fox });
  const panel = mount(fox, { pictures: [picture] });
  await page.getByRole("button", { name: "Show it · free" }).click();
  await expect.element(page.getByRole("img", { name: "a fox" })).toBeVisible();
  expect(submits(panel)).toEqual([]);
  await page.getByRole("button", { name: "Make again · 31 credits" }).click();
  expect(submits(panel)).toMatchObject([{ again: true }]);
});

test("a submit that the kernel answers with a saved picture shows it", async () => {
  const picture = pictureInfo({ id: "p7", prompt: "a fox" });
  const panel = mount({ ...fox, seed: 9 }, { pictures: [picture] });
  await until(() => expect(panel.sent("act").length).toBeGreaterThan(0));
  panel.model.onSend = undefined;
  await create().click();
  const [sent] = submits(panel);
  if (!sent) throw new Error("nothing was sent");
  panel.model.ack(sent, { job: "p7", state: "saved" });
  await expect.element(page.getByText("14.2 s", { exact: false })).toBeVisible();
});

test("what the kernel does not take says why, and can be put away", async () => {
  const panel = mount(fox);
  panel.kernel.busy = true;
  await create().click();
  const [sent] = submits(panel);
  const error = {
    kind: "BudgetExceeded",
    what: "The budget is used up.",
    charge: "nothing",
    todo: "Raise it.",
  } as const;
  panel.model.deliver({ kind: "reject", id: sent?.id ?? "", error });
  await expect.element(page.getByText(/The budget is used up. Nothing was charged. Raise it./)).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  expect(page.getByRole("alert").query()).toBeNull();
});

test.each([
  [{}, "Create · 31 credits"],
  [{ count: 4 }, "Create 4 · 124 credits"],
  [{ _studio: { ...SIMULATOR, service: "reapi", price: null } }, "Create"],
  [{ _studio: SIMULATOR }, "Create · free preview"],
  [{ _studio: SIMULATOR, count: 4 }, "Create 4 · free previews"],
])("the button says what it costs: %o", async (traits, name) => {
  mount({ ...fox, ...traits });
  await expect.element(page.getByRole("button", { name, exact: true })).toBeVisible();
});

test("what the budget does not allow is not sent", async () => {
  const panel = mount({ ...fox, _studio: { ...SIMULATOR, service: "reapi", money: moneyOf(186, 200) } });
  await expect.element(page.getByText("The budget has 14 credits left.")).toBeVisible();
  (create().element() as HTMLElement).click();
  expect(submits(panel)).toEqual([]);
});

test("offline nothing speaks of payment", async () => {
  const error = { kind: "UncertainSubmission", what: "No answer came.", charge: "maybe", todo: "" } as const;
  const service = "simulator";
  const panel = mount(
    {
      ...fox,
      _studio: SIMULATOR,
      _jobs: [jobInfo({ service }), jobInfo({ id: "e", state: "uncertain", error, service })],
    },
    { pictures: [pictureInfo({ service })] },
  );
  await expect.element(page.getByText("offline previews are free")).toBeVisible();
  await expect.element(page.getByText("offline preview", { exact: true })).toBeVisible();
  const text = panel.el.textContent ?? "";
  expect(text).not.toMatch(/credit|charge|bill|cost|budget|balance|refund/i);
});
