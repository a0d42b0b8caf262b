import { expect, test } from "vitest";
import shared from "../../../tests/messages/grid.json";
import type { GridMessage, GridTraits } from "../../src/grid/protocol.ts";
import { createChannel } from "../../src/shared/channel.ts";
import { FakeGrid } from "../support/fake-grid.ts";
import { showGrid } from "../support/mount-grid.ts";
import { until } from "../support/until.ts";

const messages = Object.entries(shared.from_grid) as [string, GridMessage & { id: string }][];
const grid = () => new FakeGrid([{ name: "animal", values: ["fox", "owl"] }], []);

test.each(messages)("the grid can say %s as the kernel reads it", (_, example) => {
  const model = grid();
  model.silent = true;
  const life = new AbortController();
  const channel = createChannel<GridMessage>(model, { life: life.signal, onPreview: () => undefined });
  const { id, ...message } = example;
  void channel.ask(message as GridMessage);
  expect({ ...model.sent[0], id }).toEqual(example);
  life.abort();
});

test("the fake experiment has the traits of the kernel's", () => {
  const model = grid();
  for (const [name, example] of Object.entries(shared.traits))
    expect(Object.keys(model.get(name as keyof GridTraits)).sort(), name).toEqual(
      Array.isArray(example) ? Object.keys(model.get(name as "rows")) : Object.keys(example).sort(),
    );
});

test("the kernel's window is drawn as it is, with a place that has no cell", async () => {
  const model = grid();
  model.silent = true;
  const { el } = showGrid(model);
  const answer = (kind: string, result: object) => {
    const message = model.sent.find((one) => one.kind === kind);
    model.emit("msg:custom", { kind: "ack", id: message?.id, result } as never, [] as never);
  };
  model.push(shared.traits as unknown as GridTraits);
  answer("hello", { kernel: "k", v: 1 });
  await until(() => expect(model.sent.some(({ kind }) => kind === "window")).toBe(true));
  answer("window", shared.results.window);
  const names = () => [...el.querySelectorAll("td[tabindex]")].map((cell) => cell.getAttribute("aria-label"));
  await until(() =>
    expect(names()).toEqual([
      "fox, seed 1: saved, starred",
      "fox: no cell",
      "owl, seed 1: generating",
      "owl: failed, refunded",
    ]),
  );
  model.emit("msg:custom", shared.cells as never, [] as never);
  await until(() => expect(names()[2]).toBe("owl, seed 1: saved"));
});
