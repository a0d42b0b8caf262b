/** What a person can do with a job, a picture or the studio. */

import { signal } from "@preact/signals";
import { copyImage, copyText, download } from "../../shared/browser.ts";
import type { Channel } from "../../shared/channel.ts";
import type { PictureCache } from "../../shared/picture-cache.ts";
import type { PictureInfo, Verb } from "../../shared/protocol.ts";
import { createStatusMessage } from "../../shared/status-message.ts";
import type { Jobs, Line } from "./jobs.ts";

interface Parts {
  channel: Channel;
  pictures: PictureCache;
  jobs: Jobs;
}

/** Credits of the account, and when they were seen. */
export interface Balance {
  credits: number;
  at: number;
}

export type Commands = ReturnType<typeof createCommands>;

export function createCommands({ channel, pictures, jobs }: Parts, life: AbortSignal) {
  const { statusMessage, showStatus } = createStatusMessage(life);
  /** What the account had when a person asked, by the card that they asked on: no card shows another's figure. */
  const balances = signal<Readonly<Record<string, Balance>>>({});

  async function act(verb: Verb, job: string | null, args = {}) {
    const { result, error } = await channel.act(verb, job, args);
    if (error) showStatus(`${error.what} ${error.todo}`);
    return result;
  }

  return {
    statusMessage,
    balances,
    showStatus,

    /** Do something with a job; one that the kernel never took is only forgotten. */
    job(
      verb: "again" | "cancel" | "dismiss" | "look_again" | "resolve" | "send_again" | "take_back",
      line: Line,
      args = {},
    ) {
      if (line.state === "rejected") jobs.forget(line.id);
      else void act(verb, line.id, args);
    },

    /** Do the same with several, as they were shown. */
    jobs(verb: "dismiss" | "send_again", lines: readonly Line[]) {
      for (const line of lines) void act(verb, line.id);
    },

    async askBalance({ id }: Line) {
      const result = await act("balance", null);
      if (!result) return;
      const seen = { credits: Number(result.balance), at: Number(result.at) };
      balances.value = { ...balances.peek(), [id]: seen };
    },

    unpause: () => act("unpause", null),

    /** Delete a picture from the folder, which the journal remembers. */
    remove: ({ id }: PictureInfo) => act("delete", id),

    /** Say that a picture came by a task id that was the wrong one; its job asks again. */
    takeBack: ({ id }: PictureInfo) => act("take_back", id),

    async copyCode({ id }: PictureInfo) {
      const result = await act("code", id);
      if (result) showStatus(await copyText(String(result.code)));
    },

    async copyImage({ id }: PictureInfo) {
      showStatus(await copyImage(pictures.whole(id)));
    },

    async saveAs({ id, name, output_format }: PictureInfo) {
      const url = await pictures.whole(id);
      if (url) download(url, name || `${id}.${output_format}`);
      else showStatus("Its file could not be read.");
    },
  };
}
