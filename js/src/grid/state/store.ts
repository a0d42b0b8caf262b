/** One grid's state: made once for a model, drawn by any number of views. */

import { signal } from "@preact/signals";
import { createChannel } from "../../shared/channel.ts";
import { createConnection } from "../../shared/connection.ts";
import type { ForViews } from "../../shared/for-views.ts";
import { listen, traitSignal } from "../../shared/model.ts";
import { createPictureCache } from "../../shared/picture-cache.ts";
import { createStatusMessage } from "../../shared/status-message.ts";
import type { GridMessage, GridModel, GridResults, ToGrid } from "../protocol.ts";
import { createCells } from "./cells.ts";
import { createDetail } from "./detail.ts";

/** How large the pictures are. */
export type Size = "S" | "M" | "L";

export type Store = ForViews<ReturnType<typeof createStore>>;

export function createStore(model: GridModel, life: AbortSignal, patience?: number) {
  const channel = createChannel<GridMessage, GridResults>(model, {
    life,
    onPreview: (preview, buffers) => pictures.receive(preview, buffers),
    ...(patience !== undefined && { patience }),
  });
  const connection = createConnection(model, channel, life);
  const pictures = createPictureCache(channel, life);
  const sweep = traitSignal(model, "_sweep", life);
  const overview = traitSignal(model, "_standing", life);
  const status = createStatusMessage(life);
  const cells = createCells(model, channel.ask, connection.alive, life);
  const detail = createDetail(channel.ask, cells, status.showStatus);

  const size = signal<Size | null>(null);

  listen(model, "msg:custom", life, (content: ToGrid) => {
    if (content.kind !== "cells") return;
    cells.take(content.cells);
    detail.moved(content.cells);
  });

  return {
    ...connection,
    ...status,
    pictures,
    sweep,
    overview,
    cells,
    detail,
    /** How large the pictures are; nothing until the first view has measured itself. */
    size,
    setSize(next: Size) {
      size.value = next;
    },
  };
}
