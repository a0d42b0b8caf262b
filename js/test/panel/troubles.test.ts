import { expect, test } from "vitest";
import { page } from "vitest/browser";
import type { ErrorInfo, JobInfo } from "../../src/panel/protocol.ts";
import { jobInfo } from "../support/fake-kernel.ts";
import { mount } from "../support/mount.ts";
import { until } from "../support/until.ts";

const trouble = (state: JobInfo["state"], kind: string, charge: ErrorInfo["charge"], id = "t1") =>
  jobInfo({
    id,
    state,
    words: "make it night",
    error: { kind, what: "What happened.", charge, todo: "What to do." },
  });
const uncertain = () => trouble("uncertain", "UncertainSubmission", "maybe");
const last = ({ model }: ReturnType<typeof mount>) => model.sent.at(-1);

test.each([
  ["failed", "GenerationFailed", "refunded", "The image could not be made", "The charge was refunded."],
  ["failed", "ContentRejected", "refunded", "The content policy turned it down", "The charge was refunded."],
  ["refused", "InsufficientCredits", "nothing", "The account has too few credits", "Nothing was charged."],
  ["gone", "ResultGone", "paid", "The result has expired", "The image was charged."],
  ["unreadable", "BadImage", "paid", "What arrived is not an image", "The image was charged."],
  ["uncertain", "UncertainSubmission", "maybe", "No answer came after sending", "It may have been charged."],
] as const)("%s, %s: which, what, charged or not", async (state, kind, charge, title, sentence) => {
  mount({ _jobs: [trouble(state, kind, charge)] });
  const card = page.getByRole("alert");
  await expect.element(card.getByText(title)).toBeVisible();
  await expect.element(card.getByText(/“make it night”, seed 7/)).toBeVisible();
  await expect.element(card.getByText(new RegExp(`What happened. ${sentence} What to do.`))).toBeVisible();
});

test("an uncertain job asks, and every way out is offered", async () => {
  const panel = mount({ _jobs: [uncertain()] });
  await page.getByRole("button", { name: "Check balance" }).click();
  await expect.element(page.getByRole("button", { name: /^Balance: 12,500 credits at \d/ })).toBeVisible();

  await page.getByRole("button", { name: "I have the task id…" }).click();
  await page.getByLabelText("Task id").fill("task_018f");
  await page.getByRole("button", { name: "Look it up" }).click();
  expect(last(panel)).toMatchObject({ verb: "resolve", job: "t1", args: { task_id: "task_018f" } });

  await page.getByRole("button", { name: "Send again · may cost 31 more" }).click();
  expect(last(panel)).toMatchObject({ verb: "send_again", job: "t1" });
  await page.getByRole("button", { name: "Dismiss (may have been billed)" }).click();
  expect(last(panel)).toMatchObject({ verb: "dismiss", job: "t1" });
});

test("a balance stands on the card that it was asked on, and on no other", async () => {
  const one = trouble("refused", "InsufficientCredits", "nothing", "t1");
  mount({ _jobs: [one, { ...one, id: "t2" }] });
  await page.getByRole("button", { name: "Check balance" }).first().click();
  await expect.element(page.getByRole("button", { name: /^Balance:/ })).toBeVisible();
  expect(page.getByRole("button", { name: "Check balance" }).all()).toHaveLength(1);
});

test("several without an answer are one card, and one word serves those that are shown", async () => {
  const todo = "The balance fell by 31 since 14:02, as it would if this was charged.";
  const lost = ["t1", "t2", "t3"].map((id) => {
    const one = trouble("uncertain", "UncertainSubmission", "maybe", id);
    return { ...one, error: one.error && { ...one.error, todo } };
  });
  const panel = mount({ _jobs: [...lost, trouble("failed", "GenerationFailed", "refunded", "t4")] });
  await expect.element(page.getByText("3 requests got no answer")).toBeVisible();
  expect(page.getByRole("alert").all()).toHaveLength(2);
  expect(page.getByText(/fell by 31/).query()).toBeNull(); // 93 may have gone

  await page.getByRole("button", { name: "Dismiss all 3 (may have been billed)" }).click();
  expect(panel.sent("act").slice(-3)).toMatchObject(
    ["t3", "t2", "t1"].map((job) => ({ verb: "dismiss", job })),
  );
  await page.getByRole("button", { name: "Send all 3 again · may cost 93 credits more" }).click();
  expect(panel.sent("act").slice(-3)).toMatchObject(
    ["t3", "t2", "t1"].map((job) => ({ verb: "send_again", job })),
  );
  await page.getByRole("button", { name: "One by one…" }).click();
  expect(page.getByRole("alert").all()).toHaveLength(5);
  expect(page.getByText(/fell by 31/).all()).toHaveLength(3);
});

test("a failed one can go again, and says what that costs", async () => {
  const panel = mount({ _jobs: [trouble("failed", "GenerationFailed", "refunded")] });
  await page.getByRole("button", { name: "Try again · 31 credits" }).click();
  expect(last(panel)).toMatchObject({ kind: "act", verb: "again", job: "t1" });
});

test.each(["gone", "unreadable"] as const)(
  "%s: it is looked at again for nothing, before it is bought again",
  async (state) => {
    const panel = mount({ _jobs: [trouble(state, "ResultGone", "paid")] });
    const buttons = page.getByRole("alert").getByRole("button");
    await expect.element(buttons.first()).toHaveTextContent("Look again · free");
    await buttons.first().click();
    expect(last(panel)).toMatchObject({ kind: "act", verb: "look_again", job: "t1" });
  },
);

test("what a person's task id brought can be taken back", async () => {
  const panel = mount({ _jobs: [{ ...trouble("failed", "GenerationFailed", "refunded"), by_hand: true }] });
  await page.getByRole("button", { name: "Take the task id back" }).click();
  expect(last(panel)).toMatchObject({ kind: "act", verb: "take_back", job: "t1" });
});

test("what the content policy turned down is not offered again as it was", async () => {
  mount({ _jobs: [trouble("failed", "ContentRejected", "refunded")] });
  await expect.element(page.getByRole("button", { name: "Dismiss" })).toBeVisible();
  expect(page.getByRole("button", { name: /Try again/ }).query()).toBeNull();
});

test("when a card goes the focus goes to the next control, not to the top of the page", async () => {
  const panel = mount({
    _jobs: [
      trouble("failed", "GenerationFailed", "refunded", "t1"),
      trouble("failed", "GenerationFailed", "refunded", "t2"),
    ],
  });
  await page.getByRole("button", { name: "Dismiss" }).first().click();
  panel.model.push({ _jobs: panel.model.get("_jobs").slice(0, 1) });
  await expect.element(page.getByRole("button", { name: "Try again · 31 credits" })).toHaveFocus();
  await page.getByRole("button", { name: "Dismiss" }).click();
  panel.model.push({ _jobs: [] });
  await until(() => expect(panel.el.contains(document.activeElement)).toBe(true));
});

test("a paused studio says why, and goes on when a person says so", async () => {
  const error = {
    kind: "AuthenticationError",
    what: "The key was revoked.",
    charge: "nothing",
    todo: "Log in again.",
  } as const;
  const panel = mount();
  panel.model.push({ _studio: { ...panel.model.get("_studio"), paused: error } });
  await expect
    .element(page.getByText("The key was revoked. Nothing was charged. Log in again."))
    .toBeVisible();
  await page.getByRole("button", { name: "Continue" }).click();
  expect(last(panel)).toMatchObject({ verb: "unpause" });
});
