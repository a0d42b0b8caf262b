/** The settings: shared by hand and cell, so neither may run over the other. */

import { batch, type Signal, signal } from "@preact/signals";
import { watchTrait } from "../../shared/model.ts";
import { isEditOnly } from "../contract.ts";
import { DEFAULT_SIZE, type PanelModel, type PanelSettings, type RequestFields } from "../protocol.ts";

type SettingSignals = { readonly [Name in keyof PanelSettings]: Signal<PanelSettings[Name]> };

/** The settings that a request has too, as they are where a saved request does not name them. */
const PLAIN = {
  prompt: "",
  image_url: "",
  image_size: DEFAULT_SIZE,
  output_format: "png",
  seed: null,
  nsfw_checker: false,
} as const satisfies Partial<PanelSettings>;
const OF_REQUEST = Object.keys(PLAIN) as (keyof typeof PLAIN)[];
const NAMES = [...OF_REQUEST, "count", "next_seed"] as const;

const SAVE_AFTER = 250;

export type SettingsStore = ReturnType<typeof createSettings>;

export function createSettings(model: PanelModel, life: AbortSignal) {
  const values = Object.fromEntries(NAMES.map((name) => [name, signal(model.get(name))])) as SettingSignals;
  /** A prompt that a cell set while a person was typing another one. */
  const offered = signal<string | null>(null);
  /** Whether the seed's field holds something that is not a valid seed. */
  const badSeed = signal(false);
  /** What the panel changed by itself, or why it did not, as text. */
  const notice = signal<string | null>(null);
  /** Whether the prompt has the focus in some view: then nothing may be written over it. */
  let promptHeld = false;

  /** What was written here and not sent yet: what the kernel says of it meanwhile is older, often an echo. */
  const unsent = new Set<keyof PanelSettings>();

  let revision = model.get("_revision");
  let saving: ReturnType<typeof setTimeout> | undefined;

  /** Send what was written to the kernel now, as when the field is left. */
  function flush() {
    clearTimeout(saving);
    unsent.clear();
    model.save_changes();
  }

  function write(settings: Partial<PanelSettings>) {
    batch(() => {
      notice.value = null;
      for (const [name, value] of Object.entries(settings) as [keyof PanelSettings, never][]) {
        values[name].value = value;
        model.set(name, value);
        unsent.add(name);
      }
    });
    clearTimeout(saving);
    saving = setTimeout(flush, SAVE_AFTER);
  }

  function adoptPrompt() {
    const incoming = model.get("prompt");
    const fromCell = model.get("_revision") !== revision;
    revision = model.get("_revision");
    if (incoming === values.prompt.value) return;
    if (!promptHeld) values.prompt.value = incoming;
    // Without a new revision it is an echo of what was typed a moment ago.
    else if (fromCell) offered.value = incoming;
  }

  for (const name of NAMES) {
    watchTrait(model, name, life, () => {
      if (name === "prompt") adoptPrompt();
      else if (unsent.has(name)) model.set(name, values[name].value);
      else (values[name] as Signal).value = model.get(name);
    });
  }
  watchTrait(model, "_revision", life, adoptPrompt);
  life.addEventListener("abort", () => clearTimeout(saving));

  return {
    values,
    offered,
    badSeed,
    notice,
    flush,
    write,

    /** Hold the prompt as it is while a person types it, until its field is left. */
    holdPrompt(held: boolean) {
      promptHeld = held;
      if (!held) flush();
    },

    /** Show what the panel did not do, and why. */
    notify(text: string) {
      notice.value = text;
    },

    /** Write a seed, or note that what stands in its field is none. */
    writeSeed(seed: number | null | undefined) {
      badSeed.value = seed === undefined;
      if (seed !== undefined) write({ seed });
    },

    /** Leave editing. A shape that only edits have would be refused, so the usual one comes back, and the notice says so. */
    removeSource() {
      const size = values.image_size.value;
      if (!isEditOnly(size)) return write({ image_url: "" });
      write({ image_url: "", image_size: DEFAULT_SIZE });
      notice.value = `Shape is back to ${DEFAULT_SIZE}: ${size} is for edits only.`;
    },

    /** Take over the settings of a picture, or of a request that was pasted. */
    restore(from: Partial<RequestFields>) {
      const fits = (name: keyof RequestFields) =>
        name === "seed" ? Number.isInteger(from.seed) : typeof from[name] === typeof PLAIN[name];
      write(Object.fromEntries(OF_REQUEST.map((name) => [name, fits(name) ? from[name] : PLAIN[name]])));
    },

    /** Take the cell's prompt, or stay with one's own; either way both sides agree again. */
    answerOffer(takes: boolean) {
      write({ prompt: (takes ? offered.value : null) ?? values.prompt.value });
      offered.value = null;
    },

    /** The complete request that these settings make with a seed. */
    request(seed: number): RequestFields {
      const fields = Object.fromEntries(OF_REQUEST.map((name) => [name, values[name].value]));
      return { ...(fields as unknown as RequestFields), image_url: values.image_url.value || null, seed };
    },
  };
}
