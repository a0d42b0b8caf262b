import { useEffect } from "preact/hooks";
import type { PictureSize } from "../../shared/protocol.ts";
import type { Store } from "../state/store.ts";

/** A picture's URL once its bytes are here; they are asked for when a kernel is there. */
export function usePicture(store: Store, id: string | undefined, size: PictureSize): string | undefined {
  const alive = store.alive.value;
  const url = id === undefined ? undefined : store.pictures.url(id, size);
  useEffect(() => {
    if (alive && id !== undefined && url === undefined) store.pictures.demand(id, size);
  }, [alive, id, size, url]);
  return url;
}
