/** The outcome of the last command, shown as text for a few seconds. */

import { signal } from "@preact/signals";

const SHOWN_FOR = 6000;

export function createStatusMessage(life: AbortSignal) {
  const statusMessage = signal<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  life.addEventListener("abort", () => clearTimeout(timer));

  function showStatus(text: string) {
    clearTimeout(timer);
    statusMessage.value = text;
    timer = setTimeout(() => {
      statusMessage.value = null;
    }, SHOWN_FOR);
  }

  return { statusMessage, showStatus };
}
