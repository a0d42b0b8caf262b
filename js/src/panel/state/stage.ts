/** What the stage shows: the work in hand, the picture that came of it, or one that a person picked. */

import { computed, signal } from "@preact/signals";
import { lasting } from "../../shared/model.ts";
import type { PictureInfo } from "../protocol.ts";
import type { Gallery } from "./gallery.ts";
import type { Jobs, Line } from "./jobs.ts";

export type Shown =
  | { kind: "empty" }
  | { kind: "busy"; line: Line }
  | { kind: "picture"; id: string; line: Line | undefined };

export type Stage = ReturnType<typeof createStage>;

export function createStage(jobs: Jobs, gallery: Gallery, life: AbortSignal) {
  /** The picture that a person picked; without one the stage follows the work. */
  const picked = signal<string | null>(null);
  const compared = signal<string | null>(null);
  const zoomed = signal(false);
  /** The pictures that have come since the last submission. */
  const fresh = signal<readonly string[]>([]);
  let seen = new Set(jobs.saved.peek().map(({ id }) => id));

  const arrive = (id: string) => {
    fresh.value = [...fresh.peek(), id];
  };

  lasting(life, () => {
    const saved = jobs.saved.value.map(({ id }) => id);
    for (const id of saved) if (!seen.has(id)) arrive(id);
    seen = new Set(saved);
    return undefined;
  });

  const shown = computed((): Shown => {
    const [line] = jobs.active.value;
    const id = picked.value ?? fresh.value.at(-1) ?? (line ? undefined : jobs.saved.value.at(-1)?.id);
    if (id) return { kind: "picture", id, line: jobs.all.value.find((other) => other.id === id) };
    return line ? { kind: "busy", line } : { kind: "empty" };
  });

  return {
    compared,
    zoomed,
    fresh,
    shown,

    /** A picture is here already, without a job that could bring it. */
    arrive,

    /** Show a picture until the next submission or, where two are compared, as the other one. */
    pick(picture: PictureInfo) {
      gallery.learn(picture);
      if (compared.value !== null) {
        compared.value = picture.id;
        return;
      }
      zoomed.value = false;
      picked.value = picture.id;
    },

    /** Show a picture pixel for pixel, or as large as its frame again. */
    toggleZoom() {
      zoomed.value = !zoomed.value;
    },

    /** Show another picture beside the one that is shown, or no other any more. */
    compareWith(id: string | null) {
      zoomed.value = false;
      compared.value = id;
    },

    /** Show the work again, as after a submission. */
    follow() {
      picked.value = null;
      compared.value = null;
      zoomed.value = false;
      fresh.value = [];
    },
  };
}
