/** The panel's jobs: those the kernel tells of, and those that were pressed for and are not yet known to it. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { lasting, traitSignal } from "../../shared/model.ts";
import type { ErrorInfo, JobInfo, JobState, Model, Request } from "../../shared/protocol.ts";
import { isOffline } from "../../shared/words.ts";

/** A job, or a press that is on its way to the kernel (`asking`), or that the kernel did not take (`rejected`). */
export type Line = Omit<JobInfo, "state"> & { state: JobState | "asking" | "rejected" };

const ACTIVE: readonly string[] = ["asking", "planned", "sending", "submitted", "processing", "downloading"];
const TROUBLE: readonly string[] = ["gone", "failed", "unreadable", "refused", "uncertain", "rejected"];

const seconds = () => Date.now() / 1000;

interface Press {
  line: Line;
  /** The job that the kernel made of it. */
  job: string | null;
}

export type Jobs = ReturnType<typeof createJobs>;

export function createJobs(model: Model, lost: ReadonlySignal<boolean>, life: AbortSignal) {
  const studio = traitSignal(model, "_studio", life);
  const known = traitSignal(model, "_jobs", life);
  const presses = signal<readonly Press[]>([]);
  /** Unix seconds, ticking while a job runs, as far as the kernel is there to tell. */
  const now = signal(seconds());

  /** All lines, oldest first. */
  const all = computed((): readonly Line[] => {
    const ids = new Set(known.value.map(({ id }) => id));
    const unknown = presses.value.filter(({ job }) => job === null || !ids.has(job));
    return [...known.value, ...unknown.map(({ line }) => line)];
  });
  const active = computed(() => all.value.filter(({ state }) => ACTIVE.includes(state)));

  lasting(life, () => {
    if (lost.value || active.value.length === 0) return;
    const tick = () => {
      now.value = seconds();
    };
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  });
  lasting(life, () => {
    known.value;
    // Once the kernel has told of its jobs anew, what it had taken before is either among them or over.
    presses.value = presses.peek().filter(({ job }) => job === null);
    return undefined;
  });

  const forget = (id: string) => {
    presses.value = presses.value.filter(({ line }) => line.id !== id);
  };

  return {
    studio,
    now,
    all,
    active,
    troubles: computed(() => all.value.filter(({ state }) => TROUBLE.includes(state))),
    saved: computed(() => all.value.filter(({ state }) => state === "saved")),
    offline: computed(() => isOffline(studio.value.service)),

    /** Show a press at once, before the kernel has heard of it. */
    press(id: string, { prompt, seed, image_size, image_url }: Request) {
      const line: Line = {
        id,
        state: "asking",
        words: prompt,
        seed,
        image_size,
        edit: image_url !== null,
        created: seconds(),
        since: seconds(),
        seconds: null,
        service: studio.value.service,
        by_hand: false,
        note: null,
        error: null,
      };
      presses.value = [...presses.value, { line, job: null }];
    },

    /** The kernel made a job of a press; the line stays until the job itself is told. */
    taken(id: string, job: string) {
      presses.value = presses.value.map((press) => (press.line.id === id ? { ...press, job } : press));
    },

    rejected(id: string, error: ErrorInfo) {
      presses.value = presses.value.map((press) =>
        press.line.id === id ? { ...press, line: { ...press.line, state: "rejected", error } } : press,
      );
    },

    forget,

    /** Seconds in the present phase; the kernel's clock may be ahead of the browser's. */
    elapsed: (line: Line) => Math.max(0, now.value - line.since),
  };
}
