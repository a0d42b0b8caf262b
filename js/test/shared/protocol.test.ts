import { expect, test } from "vitest";
import shared from "../../../tests/messages/protocol.json";
import { createChannel } from "../../src/shared/channel.ts";
import type { Message, Traits } from "../../src/shared/protocol.ts";
import { FakeModel } from "../support/fake-model.ts";

const messages = Object.entries(shared.from_panel) as [string, Message & { id: string }][];

test.each(messages)("the panel can say %s as the kernel reads it", async (_, example) => {
  const model = new FakeModel();
  const channel = createChannel(model, { life: new AbortController().signal, onPreview: () => undefined });
  const { id, ...message } = example;
  void channel.ask(message);
  const sent = model.sent[0];
  expect({ ...sent, id }).toEqual(example);
});

test("the fake model has the traits of the kernel's", () => {
  const model = new FakeModel();
  const { _jobs, ...traits } = shared.traits;
  for (const name of Object.keys(traits) as (keyof Traits)[])
    expect(typeof model.get(name), name).toBe(typeof shared.traits[name as "prompt"]);
  expect(Object.keys(model.get("_studio"))).toEqual(Object.keys(shared.traits._studio));
});
