/** One panel's state: made once for a model, drawn by any number of views. */

import { createChannel } from "../../shared/channel.ts";
import { createPictureCache } from "../../shared/picture-cache.ts";
import type { Model } from "../../shared/protocol.ts";
import { createReach } from "../../shared/reach.ts";
import { createActs } from "./acts.ts";
import { createGallery } from "./gallery.ts";
import { createJobs } from "./jobs.ts";
import { createPress } from "./press.ts";
import { createSettings } from "./settings.ts";
import { createStage } from "./stage.ts";

export type Store = ReturnType<typeof createStore>;

export function createStore(model: Model, life: AbortSignal, patience?: number) {
  const channel = createChannel(model, {
    life,
    onPreview: (preview, buffers) => pictures.receive(preview, buffers),
    ...(patience !== undefined && { patience }),
  });
  const reach = createReach(model, channel, life);
  const pictures = createPictureCache(channel, life);
  const settings = createSettings(model, life);
  const jobs = createJobs(model, reach.lost, life);
  const gallery = createGallery(channel, jobs, reach.alive, life);
  const stage = createStage(jobs, gallery, life);
  const press = createPress({ channel, settings, jobs, stage, alive: reach.alive }, life);
  const acts = createActs({ channel, pictures, jobs }, life);

  return {
    ...reach,
    pictures,
    settings,
    jobs,
    gallery,
    stage,
    press,
    acts,
  };
}
