import { h, render } from "preact";
import { expect, onTestFinished, test, vi } from "vitest";
import { page } from "vitest/browser";
import { createStore } from "../../src/panel/state/store.ts";
import { Panel } from "../../src/panel/view/panel.tsx";
import { FakeKernel, jobInfo, pictureInfo } from "../support/fake-kernel.ts";
import { FakeModel } from "../support/fake-model.ts";
import { mount } from "../support/mount.ts";
import { until } from "../support/until.ts";

const alive = (el: Element) => el.querySelector(".qn-alive") !== null;

/** A panel that loses patience at once. */
function impatient(model: FakeModel) {
  const life = new AbortController();
  const store = createStore(model, life.signal, 20);
  const el = document.createElement("div");
  document.body.append(el);
  render(h(Panel, { store }), el);
  onTestFinished(() => {
    life.abort();
    document.body.replaceChildren();
  });
  return { el, store };
}

test("the mark that lets the shared pictures be hidden comes with the kernel's answer, and only then", async () => {
  const panel = mount({}, { kernel: false });
  const [hello] = panel.sent("hello");
  expect(hello).toMatchObject({ v: 1, store: expect.any(String) });
  expect(alive(panel.el)).toBe(false);
  if (hello) panel.model.ack(hello, { kernel: "k-1", v: 1 });
  await until(() => expect(alive(panel.el)).toBe(true));
});

test("a panel of another version is not alive", async () => {
  const panel = mount({}, { kernel: false });
  const error = {
    kind: "InvalidRequest",
    what: "The kernel did not understand the panel.",
    charge: "nothing",
    todo: "",
  } as const;
  panel.model.deliver({ kind: "reject", id: panel.sent("hello")[0]?.id ?? "", error });
  await Promise.resolve();
  expect(alive(panel.el)).toBe(false);
});

test("every view greets the kernel with the same mark", () => {
  const panel = mount();
  panel.view();
  const [one, two] = panel.sent("hello");
  expect(one).toMatchObject({ store: (two as { store: string }).store });
  expect(one?.id).not.toBe(two?.id);
});

test("an answer that does not come is said in words, which go when it comes", async () => {
  const model = new FakeModel({ prompt: "a fox" });
  const { store } = impatient(model);
  void store.hello();
  await expect.element(page.getByText(/The kernel has not answered yet/)).toBeVisible();
  expect(model.sent).toHaveLength(1);
  if (model.sent[0]) model.ack(model.sent[0], { kernel: "k-1", v: 1 });
  await until(() => expect(page.getByText(/The kernel has not answered yet/).query()).toBeNull());
});

test("a late submit is never sent a second time", async () => {
  const model = new FakeModel({ prompt: "a fox" });
  const { store } = impatient(model);
  store.submit.submit();
  await expect.element(page.getByText(/Nothing was sent twice/)).toBeVisible();
  expect(model.sent.filter(({ kind }) => kind === "submit")).toHaveLength(1);
});

test("a dead kernel is said in words, and the shared pictures are shown again", async () => {
  const panel = mount({ prompt: "a fox" });
  await until(() => expect(alive(panel.el)).toBe(true));
  panel.model.dead = true;
  panel.model.emit("comm_live_update");
  await expect.element(page.getByText(/The kernel ended or was restarted/)).toBeVisible();
  expect(alive(panel.el)).toBe(false);
  await page.getByRole("button", { name: /^Create/ }).click();
  await expect.element(page.getByText(/could not reach its kernel/)).toBeVisible();
  panel.model.dead = false;
  panel.model.emit("comm_live_update");
  await until(() => expect(alive(panel.el)).toBe(true));
});

test("a panel that never had a kernel is said to be a saved one", async () => {
  const model = new FakeModel();
  model.dead = true;
  const { store } = impatient(model);
  void store.hello();
  await expect.element(page.getByText(/No kernel is connected/)).toBeVisible();
});

test("the seconds of a job stand still once nobody can tell of it", async () => {
  const model = new FakeModel({ _jobs: [jobInfo({ state: "processing" })] });
  const { store } = impatient(model);
  model.dead = true;
  await store.hello();
  const [line] = store.jobs.active.value;
  const stood = store.jobs.now.value;
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  vi.setSystemTime(Date.now() + 60_000);
  vi.advanceTimersByTime(5000);
  expect(line?.state).toBe("processing");
  expect(store.jobs.now.value).toBe(stood);
});

test("without a kernel no bytes are asked for", async () => {
  const model = new FakeModel({ _jobs: [] });
  new FakeKernel(model, [pictureInfo()]);
  model.onSend = undefined;
  const { store } = impatient(model);
  await expect.element(page.getByRole("textbox", { name: "Prompt" })).toBeVisible();
  expect(store.alive.value).toBe(false);
  expect(model.sent).toEqual([]);
});
