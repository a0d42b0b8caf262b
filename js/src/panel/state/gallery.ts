/** The studio's pictures, newest first, read page by page: there may be ten thousand of them. */

import { signal } from "@preact/signals";
import { lasting } from "../../shared/model.ts";
import type { PictureInfo } from "../protocol.ts";
import type { Act } from "./act.ts";
import type { Jobs } from "./jobs.ts";

const PAGE = 24;
const PAGES_KEPT = 16;
const LEARNED_KEPT = 64;

export type Gallery = ReturnType<typeof createGallery>;

export function createGallery(act: Act, jobs: Jobs, alive: { value: boolean }, life: AbortSignal) {
  const total = signal(0);
  const pages = signal<ReadonlyMap<number, readonly PictureInfo[]>>(new Map());
  const learned = signal<readonly PictureInfo[]>([]);
  const asked = new Set<number>();
  let edition = 0;

  const inSight = () => [...pages.value.values()].flat();

  async function ask(page: number) {
    if (asked.has(page)) return;
    asked.add(page);
    const mine = edition;
    const { result } = await act("page", null, { offset: page * PAGE, limit: PAGE });
    if (mine !== edition) return;
    if (!result) return asked.delete(page);
    // A new picture moves all the others, so the pages that were read before are no longer true.
    const kept = page === 0 ? [] : [...pages.value].slice(1 - PAGES_KEPT);
    pages.value = new Map([...kept, [page, result.pictures]]);
    for (const old of asked) if (!pages.value.has(old)) asked.delete(old);
    total.value = result.total;
  }

  lasting(life, () => {
    const some = jobs.studio.value.pictures + jobs.saved.value.length;
    if (!alive.value) return;
    edition++;
    asked.clear();
    if (some > 0) void ask(0);
    else total.value = 0;
    return undefined;
  });

  return {
    total,

    /** The picture at a place, once its page is here. */
    at: (place: number) => pages.value.get(Math.floor(place / PAGE))?.[place % PAGE],

    /** What is known of a picture. */
    find: (id: string) => [...inSight(), ...learned.value].find((picture) => picture.id === id),

    /** The picture whose result stands at an address, to recognise a source by. */
    findByUrl: (url: string) => [...learned.value, ...inSight()].find((picture) => picture.url === url),

    /** The picture before a given one, or else after it, to compare it with. */
    neighbour(id: string): PictureInfo | undefined {
      const pictures = inSight();
      const place = pictures.findIndex((picture) => picture.id === id);
      return pictures[place + 1] ?? pictures[place - 1];
    },

    /** Keep what is known of a picture that is shown, also when its page is given up. */
    learn(picture: PictureInfo) {
      const others = learned.value.filter(({ id }) => id !== picture.id);
      learned.value = [picture, ...others].slice(0, LEARNED_KEPT);
    },

    /** Ask for the pages that a view is about to show. */
    demand(from: number, to: number) {
      for (let page = Math.floor(from / PAGE); page * PAGE < Math.min(to, total.peek()); page++) {
        if (!pages.peek().has(page)) void ask(page);
      }
    },
  };
}
