/** One panel's state: made once for a model, drawn by any number of views. */

import { createChannel } from "../../shared/channel.ts";
import { createConnection } from "../../shared/connection.ts";
import type { ForViews } from "../../shared/for-views.ts";
import { createPictureCache } from "../../shared/picture-cache.ts";
import type { PanelMessage, PanelModel, PanelResults } from "../protocol.ts";
import { createAct } from "./act.ts";
import { createCommands } from "./commands.ts";
import { createGallery } from "./gallery.ts";
import { createJobs } from "./jobs.ts";
import { createSettings } from "./settings.ts";
import { createStage } from "./stage.ts";
import { createSubmit } from "./submit.ts";

export type Store = ForViews<ReturnType<typeof createStore>>;

export function createStore(model: PanelModel, life: AbortSignal, patience?: number) {
  const channel = createChannel<PanelMessage, PanelResults>(model, {
    life,
    onPreview: (preview, buffers) => pictures.receive(preview, buffers),
    ...(patience !== undefined && { patience }),
  });
  const act = createAct(channel.ask);
  const connection = createConnection(model, channel, life);
  const pictures = createPictureCache(channel, life);
  const settings = createSettings(model, life);
  const jobs = createJobs(model, connection.lost, life);
  const gallery = createGallery(act, jobs, connection.alive, life);
  const stage = createStage(jobs, gallery, life);
  const submit = createSubmit(
    { ask: channel.ask, act, settings, jobs, stage, alive: connection.alive },
    life,
  );
  const commands = createCommands({ act, pictures, jobs }, life);

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
