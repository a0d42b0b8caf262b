/** What a person can do with a job, a picture or the studio. */

import { signal } from "@preact/signals";
import { copyText } from "../../shared/clipboard.ts";
import type { PictureCache } from "../../shared/picture-cache.ts";
import { createStatusMessage } from "../../shared/status-message.ts";
import { copyImage, download } from "../picture-file.ts";
import type { ActArgs, PictureInfo, Verb } from "../protocol.ts";
import type { Act } from "./act.ts";
import type { Jobs, Line } from "./jobs.ts";

interface Parts {
  act: Act;
  pictures: PictureCache;
  jobs: Jobs;
}

/** Credits of the account, and when they were seen. */
export interface Balance {
  credits: number;
  at: number;
}

export type Commands = ReturnType<typeof createCommands>;

export function createCommands({ act, pictures, jobs }: Parts, life: AbortSignal) {
  const { statusMessage, showStatus } = createStatusMessage(life);
  /** What the account had when a person asked, by the card that they asked on: no card shows another's figure. */
  const balances = signal<Readonly<Record<string, Balance>>>({});

  /** Act, and show why where the kernel does not. */
  async function run<V extends Verb>(verb: V, job: string | null, args: ActArgs[V]) {
    const { result, error } = await act(verb, job, args);
    if (error) showStatus(`${error.what} ${error.todo}`);
    return result;
  }

  return {
    statusMessage,
    balances,
    showStatus,

    /** Do something with a job; one that the kernel never took is only forgotten. */
    job(verb: "again" | "cancel" | "dismiss" | "look_again" | "send_again" | "take_back", line: Line) {
      if (line.state === "rejected") jobs.forget(line.id);
      else void run(verb, line.id, {});
    },

    /** Do the same with several, as they were shown. */
    jobs(verb: "dismiss" | "send_again", lines: readonly Line[]) {
      for (const line of lines) void run(verb, line.id, {});
    },

    /** Have the kernel look for a lost job under the task id that a person found. */
    resolve({ id }: Line, task_id: string) {
      void run("resolve", id, { task_id });
    },

    async askBalance({ id }: Line) {
      const result = await run("balance", null, {});
      if (!result) return;
      balances.value = { ...balances.peek(), [id]: { credits: result.balance, at: result.at } };
    },

    unpause: () => run("unpause", null, {}),

    /** Delete a picture from the folder, which the journal remembers. */
    remove: ({ id }: PictureInfo) => run("delete", id, {}),

    /** Report that a picture came by a task id that was the wrong one; its job asks again. */
    takeBack: ({ id }: PictureInfo) => run("take_back", id, {}),

    async copyCode({ id }: PictureInfo) {
      const result = await run("code", id, {});
      if (result) showStatus(await copyText(result.code));
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
