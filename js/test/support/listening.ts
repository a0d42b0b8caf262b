type Listener = (...args: never[]) => void;

/** What a model's events are heard by, as Backbone has it. */
export class Listening {
  readonly #listeners = new Map<string, Set<Listener>>();

  on(event: string, listener: Listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
  }

  off(event: string, listener: Listener) {
    this.#listeners.get(event)?.delete(listener);
  }

  /** How many callbacks are left behind. */
  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, some) => sum + some.size, 0);
  }

  emit(event: string, ...args: never[]) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...args);
  }
}
