/** One panel's state: made once for a model, drawn by any number of views. */

import { computed, signal } from "@preact/signals";
import { createChannel } from "../../shared/channel.ts";
import { newId } from "../../shared/ids.ts";
import { listen } from "../../shared/model.ts";
import { createPictureCache } from "../../shared/picture-cache.ts";
import { type Model, VERSION } from "../../shared/protocol.ts";
import { createActs } from "./acts.ts";
import { createGallery } from "./gallery.ts";
import { createJobs } from "./jobs.ts";
import { createPress } from "./press.ts";
import { createSettings } from "./settings.ts";
import { createStage } from "./stage.ts";

export type Store = ReturnType<typeof createStore>;

export function createStore(model: Model, life: AbortSignal, patience?: number) {
  const mark = newId();
  /** Whether a kernel has answered: only then may the shared pictures beside the panel be hidden. */
  const alive = signal(false);
  const lost = signal(false);
  let answered = false;
  const channel = createChannel(model, {
    life,
    onPreview: (preview, buffers) => pictures.receive(preview, buffers),
    ...(patience !== undefined && { patience }),
  });
  const pictures = createPictureCache(channel, life);
  const settings = createSettings(model, life);
  const jobs = createJobs(model, lost, life);
  const gallery = createGallery(channel, jobs, alive, life);
  const stage = createStage(jobs, gallery, life);
  const press = createPress({ channel, settings, jobs, stage, alive }, life);
  const acts = createActs({ channel, pictures, jobs }, life);

  /** Ask whether a kernel is there, as every view does when it comes up. */
  async function hello() {
    const { error } = await channel.ask({ kind: "hello", v: VERSION, store: mark });
    lost.value = !!error;
    alive.value = !error;
    answered ||= alive.value;
  }
  // Jupyter's widget manager tells when the line to the kernel is cut or mended.
  listen(model, "comm_live_update", life, hello);

  return {
    alive,
    pictures,
    settings,
    jobs,
    gallery,
    stage,
    press,
    acts,
    hello,

    /** Why the kernel cannot be counted on, if it cannot. */
    silence: computed((): "late" | "lost" | "saved" | null => {
      if (lost.value) return answered ? "lost" : "saved";
      return channel.late.value > 0 ? "late" : null;
    }),
  };
}
