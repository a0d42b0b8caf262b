/** What the last action came to, in words, for a few seconds. */

import { signal } from "@preact/signals";

const SAID_FOR = 6000;

export function createSaying(life: AbortSignal) {
  const said = signal<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  life.addEventListener("abort", () => clearTimeout(timer));

  function say(words: string) {
    clearTimeout(timer);
    said.value = words;
    timer = setTimeout(() => {
      said.value = null;
    }, SAID_FOR);
  }

  return { said, say };
}
