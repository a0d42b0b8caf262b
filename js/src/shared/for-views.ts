/** What a view gets of a state. */

import type { ReadonlySignal } from "@preact/signals";

// biome-ignore lint/suspicious/noExplicitAny: any function is passed on as it is
type AnyFunction = (...args: any[]) => unknown;

/** A state whose signals can only be read: views change it through its functions alone. */
export type ForViews<State> = {
  readonly [Name in keyof State]: State[Name] extends ReadonlySignal<infer Value>
    ? ReadonlySignal<Value>
    : State[Name] extends AnyFunction
      ? State[Name]
      : State[Name] extends object
        ? ForViews<State[Name]>
        : State[Name];
};
