import { expect, onTestFinished, test, vi } from "vitest";
import { createChannel } from "../../src/shared/channel.ts";
import { createPictureCache } from "../../src/shared/picture-cache.ts";
import type { PictureSize, Unsent, Want, WantResult } from "../../src/shared/protocol.ts";
import { FakeModel } from "../support/fake-model.ts";
import { until } from "../support/until.ts";

function open() {
  const model = new FakeModel();
  const life = new AbortController();
  const channel = createChannel<Unsent<Want>, { want: WantResult }>(model, {
    life: life.signal,
    onPreview: (...args) => cache.receive(...args),
  });
  const cache = createPictureCache(channel, life.signal);
  const made = vi.spyOn(URL, "createObjectURL");
  const revoked = vi.spyOn(URL, "revokeObjectURL");
  onTestFinished(() => {
    life.abort();
    vi.restoreAllMocks();
  });
  const deliver = (
    job: string,
    size: PictureSize = "preview",
    buffers = [new DataView(new ArrayBuffer(4))],
  ) => model.deliver({ kind: "preview", job, size, mime: "image/jpeg" }, buffers);
  return { model, life, cache, made, revoked, deliver };
}

test("what is wanted at one moment travels in messages of at most 64", async () => {
  const { model, cache } = open();
  for (let job = 0; job < 100; job++) cache.demand(`j${job}`, "preview");
  cache.demand("j0", "preview");
  await until(() => expect(model.sent).toHaveLength(2));
  expect(model.sent.map((message) => message.kind === "want" && message.jobs.length)).toEqual([64, 36]);
});

test("what was refused can be asked for again", async () => {
  const { model, cache } = open();
  cache.demand("j1", "full");
  await until(() => expect(model.sent).toHaveLength(1));
  const error = { kind: "ResultGone", what: "Gone.", charge: "free", todo: "" } as const;
  model.deliver({ kind: "reject", id: model.sent[0]?.id ?? "", error });
  await Promise.resolve();
  cache.demand("j1", "full");
  await until(() => expect(model.sent).toHaveLength(2));
});

test("bytes may be a slice of a larger message", async () => {
  const { cache, deliver } = open();
  const whole = new Uint8Array([9, 9, 1, 2, 3, 9]).buffer;
  deliver("j1", "preview", [new DataView(whole, 2, 3)]);
  const url = cache.url("j1", "preview") ?? "";
  expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
});

test("where a host delivers no buffers the bytes come as text", () => {
  const { model, cache, made } = open();
  model.deliver({ kind: "preview", job: "j1", size: "preview", mime: "image/jpeg", data: "AQID" });
  expect(cache.url("j1", "preview")).toBe("data:image/jpeg;base64,AQID");
  model.deliver({ kind: "preview", job: "j2", size: "preview", mime: "image/jpeg" });
  expect(cache.url("j2", "preview")).toBeUndefined();
  expect(made).not.toHaveBeenCalled();
});

test("the picture that was used longest ago is given back first", () => {
  const { cache, revoked, deliver } = open();
  for (let job = 0; job < 6; job++) deliver(`j${job}`, "full");
  const first = cache.url("j0", "full");
  revoked.mockClear();
  deliver("j6", "full");
  expect(revoked).not.toHaveBeenCalledWith(first);
  expect(cache.url("j0", "full")).toBe(first);
  expect(cache.url("j1", "full")).toBeUndefined();
});

test("closing gives back every picture, and takes none after that", () => {
  const { cache, life, made, revoked, deliver } = open();
  deliver("j1");
  deliver("j1", "full");
  const urls = made.mock.results.map(({ value }) => value);
  life.abort();
  for (const url of urls) expect(revoked).toHaveBeenCalledWith(url);
  deliver("j2");
  expect(cache.url("j2", "preview")).toBeUndefined();
});

test("whoever waits for a whole picture gets it, also twice", async () => {
  const { cache, deliver } = open();
  const both = Promise.all([cache.whole("j1"), cache.whole("j1")]);
  deliver("j1", "full");
  const [one, two] = await both;
  expect(one).toBe(two);
  expect(await cache.whole("j1")).toBe(one);
});
