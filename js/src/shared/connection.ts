/** Whether a kernel is there, and how that is found out. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Ask } from "./channel.ts";
import { newId } from "./ids.ts";
import { listen, type Wire } from "./model.ts";
import { type Hello, type HelloResult, type Unsent, VERSION } from "./protocol.ts";

interface Parts {
  ask: Ask<Unsent<Hello>, { hello: HelloResult }>;
  late: ReadonlySignal<number>;
}

export function createConnection(model: Wire, { ask, late }: Parts, life: AbortSignal) {
  const mark = newId();
  /** Whether a kernel has answered: only then may the shared pictures beside the widget be hidden. */
  const alive = signal(false);
  const lost = signal(false);
  let answered = false;

  /** Ask whether a kernel is there, as every view does when it comes up. */
  async function hello() {
    const { error } = await ask({ kind: "hello", v: VERSION, store: mark });
    lost.value = !!error;
    alive.value = !error;
    answered ||= alive.value;
  }
  // Jupyter's widget manager reports when the connection to the kernel is lost or restored.
  listen(model, "comm_live_update", life, hello);

  /** Why the kernel cannot be counted on, if it cannot. */
  const silence = computed((): "late" | "lost" | "saved" | null => {
    if (lost.value) return answered ? "lost" : "saved";
    return late.value > 0 ? "late" : null;
  });

  return { alive, lost, hello, silence };
}
