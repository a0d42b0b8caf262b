/** Every example message, as the panel really sends it or makes something of it. */

import { expect, onTestFinished, test, vi } from "vitest";
import examples from "../../../tests/messages/protocol.json";
import type { PanelTraits, PictureInfo } from "../../src/panel/protocol.ts";
import { createStore, type Store } from "../../src/panel/state/store.ts";
import type { ToFrontEnd } from "../../src/shared/protocol.ts";
import { pictureInfo } from "../support/fake-kernel.ts";
import { FakeModel } from "../support/fake-model.ts";
import { until } from "../support/until.ts";

type Sent = keyof typeof examples.from_panel;
type Received = keyof typeof examples.to_panel;

const [picture] = examples.to_panel.page_ack.result.pictures as PictureInfo[];

function open() {
  const model = new FakeModel(examples.traits as PanelTraits);
  const life = new AbortController();
  onTestFinished(() => life.abort());
  return { model, store: createStore(model, life.signal) };
}

type Panel = ReturnType<typeof open>;

/** The job of the example's traits. */
function lineOf({ jobs }: Store) {
  const line = jobs.all.value.find(({ id }) => id === "j1");
  if (!line) throw new Error("the example has no job j1");
  return line;
}

/** Answer the oldest message of a kind, or an act of a verb, with an example. */
async function answer({ model }: Panel, asked: string, name: Received) {
  const asks = (message: { kind: string; verb?: string }) => asked === (message.verb ?? message.kind);
  const message = await until(() => {
    const found = model.sent.find(asks);
    expect(found, asked).toBeDefined();
    return found;
  });
  model.deliver({ ...examples.to_panel[name], id: message?.id } as ToFrontEnd);
}

async function connect(panel: Panel) {
  void panel.store.hello();
  await answer(panel, "hello", "hello_ack");
}

const SEND: Record<Sent, (panel: Panel) => unknown> = {
  hello: ({ store }) => store.hello(),
  submit: ({ store }) => store.submit.submit(),
  cancel: ({ store }) => store.commands.job("cancel", lineOf(store)),
  dismiss: ({ store }) => store.commands.job("dismiss", lineOf(store)),
  again: ({ store }) => store.commands.job("again", lineOf(store)),
  send_again: ({ store }) => store.commands.job("send_again", lineOf(store)),
  look_again: ({ store }) => store.commands.job("look_again", lineOf(store)),
  take_back: ({ store }) => store.commands.job("take_back", lineOf(store)),
  resolve: ({ store }) => store.commands.resolve(lineOf(store), "task_018f"),
  find: connect,
  delete: ({ store }) => store.commands.remove(pictureInfo({ id: "j0" })),
  unpause: ({ store }) => store.commands.unpause(),
  balance: ({ store }) => store.commands.askBalance(lineOf(store)),
  page: connect,
  code: ({ store }) => store.commands.copyCode(pictureInfo({ id: "j1" })),
  want: ({ store }) => store.pictures.demand("j1", "preview"),
  want_full: ({ store }) => store.pictures.demand("j1", "full"),
};

test.each(Object.keys(SEND) as Sent[])("the panel sends %s as the kernel reads it", async (name) => {
  const panel = open();
  void SEND[name](panel);
  const example = examples.from_panel[name];
  const drawn = { id: expect.any(String), ...("store" in example && { store: expect.any(String) }) };
  await until(() => expect(panel.model.sent).toContainEqual({ ...example, ...drawn }));
});

const RECEIVE: Record<Received, (panel: Panel) => Promise<void>> = {
  async hello_ack(panel) {
    await connect(panel);
    await until(() => expect(panel.store.alive.value).toBe(true));
  },
  async submit_ack(panel) {
    panel.store.submit.submit();
    expect(panel.store.jobs.all.value).toHaveLength(2);
    await answer(panel, "submit", "submit_ack");
    // The submission is that very job, which the kernel has listed already.
    await until(() => expect(panel.store.jobs.all.value.map(({ id }) => id)).toEqual(["j1"]));
  },
  async submit_saved_ack(panel) {
    panel.store.submit.submit();
    await answer(panel, "submit", "submit_saved_ack");
    await until(() => expect(panel.store.stage.fresh.value).toEqual(["j0"]));
  },
  async reject(panel) {
    panel.store.submit.submit();
    await answer(panel, "submit", "reject");
    const { error } = examples.to_panel.reject;
    await until(() => expect(panel.store.jobs.all.value.at(-1)).toMatchObject({ state: "rejected", error }));
  },
  async balance_ack(panel) {
    void panel.store.commands.askBalance(lineOf(panel.store));
    await answer(panel, "balance", "balance_ack");
    const { balance, at } = examples.to_panel.balance_ack.result;
    await until(() => expect(panel.store.commands.balances.value).toEqual({ j1: { credits: balance, at } }));
  },
  async page_ack(panel) {
    await connect(panel);
    await answer(panel, "page", "page_ack");
    await until(() => expect(panel.store.gallery.total.value).toBe(1));
    expect(panel.store.gallery.at(0)).toEqual(picture);
  },
  async code_ack(panel) {
    const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
    onTestFinished(() => write.mockRestore());
    void panel.store.commands.copyCode(pictureInfo({ id: "j1" }));
    await answer(panel, "code", "code_ack");
    await until(() => expect(write).toHaveBeenCalledWith(examples.to_panel.code_ack.result.code));
  },
  async find_ack(panel) {
    await connect(panel);
    await answer(panel, "find", "find_ack");
    await until(() => expect(panel.store.submit.saved.value).toEqual(picture));
  },
  async preview({ model, store }) {
    model.deliver(examples.to_panel.preview as ToFrontEnd, [new ArrayBuffer(4)]);
    expect(store.pictures.url("j1", "preview")).toMatch(/^blob:/);
  },
};

test.each(Object.keys(RECEIVE) as Received[])("the panel makes something of %s", (name) =>
  RECEIVE[name](open()),
);

test("the panel reads every trait of the kernel's", () => {
  const { model, store } = open();
  const { _jobs, _studio, _revision, ...settings } = examples.traits;
  const values = Object.entries(store.settings.values).map(([name, { value }]) => [name, value]);
  expect(Object.fromEntries(values)).toEqual(settings);
  expect(store.jobs.studio.value).toEqual(_studio);
  expect(store.jobs.all.value).toEqual(_jobs);
  expect(Object.keys(new FakeModel().get("_studio"))).toEqual(Object.keys(_studio));
  expect(model.get("_revision")).toBe(_revision);
});
