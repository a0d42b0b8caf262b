/** A model's events and traits, for as long as its panel lives. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";

/** A model's messages and events, whatever its traits. */
export interface Wire {
  send(content: { id: string; kind: string }): void;
  // biome-ignore lint/suspicious/noExplicitAny: each event has arguments of its own
  on(event: string, callback: (...args: any[]) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off(event: string, callback: (...args: any[]) => void): void;
}

/** The part of anywidget's model that a widget uses: all its traits, and those that its front end writes. */
export interface ModelOf<All, Written> extends Wire {
  get<Name extends keyof All>(name: Name): All[Name];
  set<Name extends keyof Written>(name: Name, value: Written[Name]): void;
  save_changes(): void;
}

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
