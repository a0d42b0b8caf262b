/** The panel's jobs: those that the kernel lists, and the submissions that it does not know yet. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { lasting, traitSignal } from "../../shared/model.ts";
import { isOffline } from "../../shared/text.ts";
import type { ErrorInfo, JobInfo, JobState, PanelModel, RequestFields } from "../protocol.ts";

/** A job, or a submission that is on its way to the kernel (`asking`), or that the kernel did not take (`rejected`). */
export type Line = Omit<JobInfo, "state"> & { state: JobState | "asking" | "rejected" };

const ACTIVE: readonly string[] = ["asking", "planned", "sending", "submitted", "processing", "downloading"];
const TROUBLE: readonly string[] = ["gone", "failed", "unreadable", "refused", "uncertain", "rejected"];

const seconds = () => Date.now() / 1000;

interface Pending {
  line: Line;
  /** The job that the kernel made of it. */
  job: string | null;
}

export type Jobs = ReturnType<typeof createJobs>;

export function createJobs(model: PanelModel, lost: ReadonlySignal<boolean>, life: AbortSignal) {
  const studio = traitSignal(model, "_studio", life);
  const known = traitSignal(model, "_jobs", life);
  const pending = signal<readonly Pending[]>([]);
  /** Unix seconds, ticking while a job runs, as far as a kernel is there to report on it. */
  const now = signal(seconds());

  /** All lines, oldest first. */
  const all = computed((): readonly Line[] => {
    const ids = new Set(known.value.map(({ id }) => id));
    const unknown = pending.value.filter(({ job }) => job === null || !ids.has(job));
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
    // A new list has every job that the kernel had accepted before, unless it is over.
    pending.value = pending.peek().filter(({ job }) => job === null);
    return undefined;
  });

  const forget = (id: string) => {
    pending.value = pending.value.filter(({ line }) => line.id !== id);
  };

  return {
    studio,
    now,
    all,
    active,
    troubles: computed(() => all.value.filter(({ state }) => TROUBLE.includes(state))),
    saved: computed(() => all.value.filter(({ state }) => state === "saved")),
    offline: computed(() => isOffline(studio.value.service)),

    /** Show a submission at once, before the kernel knows it. */
    addPending(id: string, { prompt, seed, image_size, image_url }: RequestFields) {
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
      pending.value = [...pending.value, { line, job: null }];
    },

    /** The kernel made a job of a submission; its line stays until the job itself is listed. */
    accepted(id: string, job: string) {
      pending.value = pending.value.map((one) => (one.line.id === id ? { ...one, job } : one));
    },

    rejected(id: string, error: ErrorInfo) {
      pending.value = pending.value.map((one) =>
        one.line.id === id ? { ...one, line: { ...one.line, state: "rejected", error } } : one,
      );
    },

    forget,

    /** Seconds in the present phase; the kernel's clock may be ahead of the browser's. */
    elapsed: (line: Line) => Math.max(0, now.value - line.since),
  };
}
