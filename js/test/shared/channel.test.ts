import { expect, onTestFinished, test, vi } from "vitest";
import { createChannel } from "../../src/shared/channel.ts";
import { FakeModel } from "../support/fake-model.ts";
import { until } from "../support/until.ts";

interface Results {
  hello: { kernel: string };
  act: { balance: number };
}
type Out = { kind: "hello" } | { kind: "act"; verb: string };

const balance = { kind: "act", verb: "balance" } as const;
const page = { kind: "act", verb: "page" } as const;

function open() {
  const model = new FakeModel();
  const life = new AbortController();
  const onPreview = vi.fn();
  const channel = createChannel<Out, Results>(model, { life: life.signal, onPreview, patience: 20 });
  onTestFinished(() => life.abort());
  return { model, life, onPreview, channel };
}

test("each message has an id of its own and gets its own answer", async () => {
  const { model, channel } = open();
  const first = channel.ask(balance);
  const second = channel.ask(page);
  const [one, two] = model.sent;
  if (!one || !two) throw new Error("nothing was sent");
  expect(one.id).not.toBe(two.id);
  model.ack(two, { total: 0 });
  model.ack(one, { balance: 5 });
  expect(await first).toEqual({ result: { balance: 5 } });
  expect(await second).toEqual({ result: { total: 0 } });
});

test("a rejection is an answer", async () => {
  const { model, channel } = open();
  const asked = channel.ask(balance);
  const error = { kind: "ServiceError", what: "No answer.", charge: "free", todo: "" } as const;
  model.deliver({ kind: "reject", id: model.sent[0]?.id ?? "", error });
  expect(await asked).toEqual({ error });
});

test("a late answer is counted, waited for and never asked for again", async () => {
  const { model, channel } = open();
  const asked = channel.ask(balance);
  await until(() => expect(channel.late.value).toBe(1));
  expect(model.sent).toHaveLength(1);
  model.ack(model.sent[0] as never, { balance: 5 });
  expect(await asked).toEqual({ result: { balance: 5 } });
  expect(channel.late.value).toBe(0);
});

test("a notebook that refuses to send is an answer too", async () => {
  const { model, channel } = open();
  model.dead = true;
  expect(await channel.ask(balance)).toEqual({
    error: expect.objectContaining({ kind: "Unsent", charge: "nothing" }),
  });
});

test("answers to nobody are passed over", () => {
  const { model } = open();
  model.deliver({ kind: "ack", id: "unknown", result: {} });
  model.deliver({ kind: "news" } as never);
});

test("closing leaves no callback and no timer behind", async () => {
  const { model, life, channel } = open();
  void channel.ask(balance);
  life.abort();
  expect(model.listeners).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(channel.late.value).toBe(0);
});
