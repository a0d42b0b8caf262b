/** One grid's state: made once for a model, drawn by any number of views. */

import { signal } from "@preact/signals";
import { createChannel } from "../../shared/channel.ts";
import { listen, traitSignal } from "../../shared/model.ts";
import { createPictureCache } from "../../shared/picture-cache.ts";
import { createReach } from "../../shared/reach.ts";
import { createSaying } from "../../shared/saying.ts";
import type { GridMessage, GridModel, ToGrid } from "../protocol.ts";
import type { Size } from "../view/measure.ts";
import { createCells } from "./cells.ts";
import { createDetail } from "./detail.ts";

export type Store = ReturnType<typeof createStore>;

export function createStore(model: GridModel, life: AbortSignal, patience?: number) {
  const channel = createChannel<GridMessage>(model, {
    life,
    onPreview: (preview, buffers) => pictures.receive(preview, buffers),
    ...(patience !== undefined && { patience }),
  });
  const reach = createReach(model, channel, life);
  const pictures = createPictureCache(channel, life);
  const sweep = traitSignal(model, "_sweep", life);
  const standing = traitSignal(model, "_standing", life);
  const saying = createSaying(life);
  const cells = createCells(model, channel.ask, reach.alive, life);
  const detail = createDetail(channel.ask, cells, saying.say);

  listen(model, "msg:custom", life, (content: ToGrid) => {
    if (content.kind !== "cells") return;
    cells.take(content.cells);
    detail.moved(content.cells);
  });

  return {
    ...reach,
    ...saying,
    pictures,
    sweep,
    standing,
    cells,
    detail,
    /** How large the pictures are; nothing until the first view has measured itself. */
    size: signal<Size | null>(null),
  };
}
