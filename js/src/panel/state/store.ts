/** One panel's state: made once for a model, drawn by any number of views. */

import { createChannel } from "../../shared/channel.ts";
import { createConnection } from "../../shared/connection.ts";
import { createPictureCache } from "../../shared/picture-cache.ts";
import type { Model } from "../../shared/protocol.ts";
import { createCommands } from "./commands.ts";
import { createGallery } from "./gallery.ts";
import { createJobs } from "./jobs.ts";
import { createSettings } from "./settings.ts";
import { createStage } from "./stage.ts";
import { createSubmit } from "./submit.ts";

export type Store = ReturnType<typeof createStore>;

export function createStore(model: Model, life: AbortSignal, patience?: number) {
  const channel = createChannel(model, {
    life,
    onPreview: (preview, buffers) => pictures.receive(preview, buffers),
    ...(patience !== undefined && { patience }),
  });
  const connection = createConnection(model, channel, life);
  const pictures = createPictureCache(channel, life);
  const settings = createSettings(model, life);
  const jobs = createJobs(model, connection.lost, life);
  const gallery = createGallery(channel, jobs, connection.alive, life);
  const stage = createStage(jobs, gallery, life);
  const submit = createSubmit({ channel, settings, jobs, stage, alive: connection.alive }, life);
  const commands = createCommands({ channel, pictures, jobs }, life);

  return {
    ...connection,
    pictures,
    settings,
    jobs,
    gallery,
    stage,
    submit,
    commands,
  };
}
