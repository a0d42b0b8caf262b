/** The pictures' bytes in the browser: asked for once, shown by object URL, and given back when there are many. */

import { signal } from "@preact/signals";
import type { Ask } from "./channel.ts";
import {
  MAX_WANTED,
  type PictureSize,
  type Preview,
  type Unsent,
  type Want,
  type WantResult,
} from "./protocol.ts";

const KEPT: Record<PictureSize, number> = { preview: 240, full: 6 };

export type PictureCache = ReturnType<typeof createPictureCache>;

export function createPictureCache(
  channel: { ask: Ask<Unsent<Want>, { want: WantResult }> },
  life: AbortSignal,
) {
  const changes = signal(0);
  const shelves = { preview: createShelf("preview"), full: createShelf("full") };

  function createShelf(size: PictureSize) {
    // A Map keeps its order, so the picture that was used longest ago comes first.
    const urls = new Map<string, string>();
    const asked = new Set<string>();
    const awaited = new Map<string, (url?: string) => void>();
    let wanted: string[] = [];

    const drop = (job: string) => {
      URL.revokeObjectURL(urls.get(job) ?? "");
      urls.delete(job);
    };
    const settle = (job: string, url?: string) => {
      asked.delete(job);
      awaited.get(job)?.(url);
      awaited.delete(job);
    };
    const flush = () => {
      for (; wanted.length > 0; wanted = wanted.slice(MAX_WANTED)) {
        const jobs = wanted.slice(0, MAX_WANTED);
        void channel.ask({ kind: "want", jobs, size }).then(({ result = { missing: jobs } }) => {
          // What did not come may be asked for again by the next view that shows it.
          for (const job of result.missing) settle(job);
        });
      }
    };
    const demand = (job: string) => {
      if (urls.has(job) || asked.has(job)) return;
      asked.add(job);
      if (wanted.push(job) === 1) queueMicrotask(flush);
    };

    return {
      demand,
      url(job: string): string | undefined {
        const url = urls.get(job);
        if (url !== undefined) {
          urls.delete(job);
          urls.set(job, url);
        }
        return url;
      },
      keep(job: string, url: string) {
        drop(job);
        urls.set(job, url);
        for (const oldest of urls.keys()) if (urls.size > KEPT[size]) drop(oldest);
        settle(job, url);
      },
      arrival(job: string): Promise<string | undefined> {
        return new Promise((resolve) => {
          const url = urls.get(job);
          if (url !== undefined) return resolve(url);
          const earlier = awaited.get(job);
          awaited.set(job, (came) => {
            earlier?.(came);
            resolve(came);
          });
          demand(job);
        });
      },
      clear() {
        for (const job of urls.keys()) drop(job);
      },
    };
  }

  life.addEventListener("abort", () => {
    shelves.preview.clear();
    shelves.full.clear();
  });

  return {
    /** The picture's URL, if it is here; whoever reads it is updated. */
    url(job: string, size: PictureSize): string | undefined {
      changes.value;
      return shelves[size].url(job);
    },

    /** Ask for a picture that a view is about to show. Those of one moment travel in one message. */
    demand: (job: string, size: PictureSize) => shelves[size].demand(job),

    /** The whole picture's URL as soon as it is here, or nothing where the kernel has not got it. */
    whole: (job: string) => shelves.full.arrival(job),

    receive(preview: Preview, buffers: readonly BufferSource[]) {
      const url = urlOf(preview, buffers);
      if (url === undefined || life.aborted) return;
      shelves[preview.size].keep(preview.job, url);
      changes.value++;
    },
  };
}

function urlOf({ data, mime }: Preview, [buffer]: readonly BufferSource[]): string | undefined {
  if (data !== undefined) return `data:${mime};base64,${data}`;
  if (buffer === undefined) return undefined;
  // A view may be a slice of a larger message.
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : buffer;
  return URL.createObjectURL(new Blob([bytes], { type: mime }));
}
