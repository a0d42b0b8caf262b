import type { FromPanel, PanelModel, PanelSettings, PanelTraits } from "../../src/panel/protocol.ts";
import type { ToFrontEnd } from "../../src/shared/protocol.ts";
import { Listening } from "./listening.ts";
import { moneyOf } from "./money.ts";

export const SETTINGS: PanelSettings = {
  prompt: "",
  image_url: "",
  image_size: "16:9",
  output_format: "png",
  seed: 7,
  nsfw_checker: false,
  count: 1,
  next_seed: "same",
};

const TRAITS: PanelTraits = {
  ...SETTINGS,
  _revision: 0,
  _jobs: [],
  _studio: {
    service: "reapi",
    folder: "qwen-images",
    price: 31,
    money: moneyOf(186, 500),
    usual: 12,
    paused: null,
    pictures: 0,
    waiting: 0,
    reloaded: false,
  },
};

/** A model as anywidget hands it out, with the kernel's end of it in the test's hands. */
export class FakeModel extends Listening implements PanelModel {
  /** What the panel has sent, oldest first. */
  readonly sent: FromPanel[] = [];
  /** How often the panel has saved its traits. */
  saves = 0;
  /** Whether the notebook knows that its kernel is dead. */
  dead = false;
  /** Answers messages, where the test wants that done by itself. */
  onSend: ((message: FromPanel) => void) | undefined;

  readonly #traits: PanelTraits;

  constructor(traits: Partial<PanelTraits> = {}) {
    super();
    this.#traits = { ...structuredClone(TRAITS), ...traits };
  }

  get<Name extends keyof PanelTraits>(name: Name): PanelTraits[Name] {
    return this.#traits[name];
  }

  set<Name extends keyof PanelSettings>(name: Name, value: PanelSettings[Name]) {
    (this.#traits as PanelSettings)[name] = value;
  }

  save_changes() {
    this.saves += 1;
  }

  send(content: FromPanel) {
    if (this.dead) throw new Error("the comm is closed");
    const copy = structuredClone(content);
    this.sent.push(copy);
    this.onSend?.(copy);
  }

  /** Change traits from the kernel; like Backbone, all are set before the first callback runs. */
  push(traits: Partial<PanelTraits>) {
    Object.assign(this.#traits, traits);
    for (const name of Object.keys(traits)) this.emit(`change:${name}`);
  }

  /** Deliver a message from the kernel. */
  deliver(content: ToFrontEnd, buffers: BufferSource[] = []) {
    this.emit("msg:custom", content as never, buffers as never);
  }

  ack(message: FromPanel, result: Record<string, unknown> = {}) {
    this.deliver({ kind: "ack", id: message.id, result });
  }
}
