import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { PictureCache } from "../picture-cache.ts";
import type { PictureSize } from "../protocol.ts";

/** What a view has to know to show pictures. */
export interface Pictured {
  alive: ReadonlySignal<boolean>;
  pictures: PictureCache;
}

/** A picture's URL once its bytes are here; they are asked for when a kernel is there. */
export function usePicture(store: Pictured, id: string | undefined, size: PictureSize): string | undefined {
  const alive = store.alive.value;
  const url = id === undefined ? undefined : store.pictures.url(id, size);
  useEffect(() => {
    if (alive && id !== undefined && url === undefined) store.pictures.demand(id, size);
  }, [alive, id, size, url]);
  return url;
}

/** The preview at once, and the whole picture as soon as it is decoded: it never shows half. */
export function useBest(store: Pictured, id: string): string | undefined {
  const preview = usePicture(store, id, "preview");
  const full = usePicture(store, id, "full");
  const decoded = useSignal<string | null>(null);
  useEffect(() => {
    if (full === undefined) return;
    const image = new Image();
    image.src = full;
    const show = () => {
      decoded.value = full;
    };
    image.decode().then(show, show);
  }, [full, decoded]);
  return full !== undefined && decoded.value === full ? full : preview;
}
