/** Having something done with a job, a picture or the studio: each verb has arguments and a result of its own. */

import type { Answer, Ask } from "../../shared/channel.ts";
import type { ActArgs, ActResults, PanelMessage, PanelResults, Verb } from "../protocol.ts";

export type AskPanel = Ask<PanelMessage, PanelResults>;
export type Act = ReturnType<typeof createAct>;

export function createAct(ask: AskPanel) {
  return <V extends Verb>(verb: V, job: string | null, args: ActArgs[V]) =>
    ask({ kind: "act", verb, job, args }) as Promise<Answer<ActResults[V]>>;
}
