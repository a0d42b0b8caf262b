/** A model's events and traits, for as long as its panel lives. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { ModelOf, Wire } from "./protocol.ts";

// biome-ignore lint/suspicious/noExplicitAny: each event has arguments of its own
type Listener = (...args: any[]) => void;

export function listen(model: Wire, event: string, life: AbortSignal, listener: Listener) {
  model.on(event, listener);
  life.addEventListener("abort", () => model.off(event, listener));
}

/** Call back on every change of a trait. Hosts pass different arguments, so the value is read from the model. */
export function watchTrait(model: Wire, name: string, life: AbortSignal, changed: () => void) {
  listen(model, `change:${name}`, life, () => changed());
}

/** A signal that follows a trait which only the kernel writes. */
export function traitSignal<All, Written, Name extends keyof All & string>(
  model: ModelOf<All, Written>,
  name: Name,
  life: AbortSignal,
): ReadonlySignal<All[Name]> {
  const value = signal(model.get(name));
  watchTrait(model, name, life, () => {
    value.value = model.get(name);
  });
  return value;
}

/** Run an effect until the panel is closed. */
export function lasting(life: AbortSignal, run: () => undefined | (() => void)) {
  life.addEventListener("abort", effect(run));
}
