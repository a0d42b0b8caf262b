/** Messages to the kernel, each with its one answer. */

import { signal } from "@preact/signals";
import { newId } from "./ids.ts";
import { listen, type Wire } from "./model.ts";
import type { ErrorInfo, Preview, ToFrontEnd } from "./protocol.ts";

/** What the kernel made of a message, or why it did not take it. */
export type Answer<Result> = { result: Result; error?: never } | { result?: never; error: ErrorInfo };

/** Sends a message and brings its answer; `Results` has the result of each kind of message. */
export type Ask<Out extends { kind: keyof Results }, Results> = <Message extends Out>(
  message: Message,
) => Promise<Answer<Results[Message["kind"]]>>;

interface Options {
  life: AbortSignal;
  onPreview(preview: Preview, buffers: readonly BufferSource[]): void;
  /** Milliseconds after which an answer is late. */
  patience?: number;
}

/** The kernel is known to be gone, so the notebook refused to send. */
const UNSENT: ErrorInfo = {
  kind: "Unsent",
  what: "The notebook could not reach its kernel.",
  charge: "nothing",
  todo: "Run the panel’s cell again.",
};

/**
 * Send messages and wait for their answers.
 *
 * A message whose answer is late is counted in `late` and never sent a second time: the kernel may be busy and get to
 * it still, and a repeated `submit` could be paid for twice.
 */
export function createChannel<Out extends { kind: keyof Results & string }, Results>(
  model: Wire,
  { life, onPreview, patience = 4000 }: Options,
) {
  const pending = new Map<string, (answer: Answer<never>) => void>();
  const late = signal(0);

  listen(model, "msg:custom", life, (content: ToFrontEnd, buffers: readonly BufferSource[] = []) => {
    if (content.kind === "preview") onPreview(content, buffers);
    else if (content.kind === "ack") pending.get(content.id)?.({ result: content.result as never });
    else if (content.kind === "reject") pending.get(content.id)?.({ error: content.error });
  });
  life.addEventListener("abort", () => pending.clear());

  /** Send a message; its answer is taken whenever it comes. */
  const ask: Ask<Out, Results> = (message) => {
    const id = newId();
    return new Promise((resolve) => {
      let overdue = false;
      const timer = setTimeout(() => {
        overdue = pending.has(id);
        if (overdue) late.value++;
      }, patience);
      const settle = (answer: Answer<never>) => {
        pending.delete(id);
        clearTimeout(timer);
        if (overdue) late.value--;
        resolve(answer);
      };
      pending.set(id, settle);
      try {
        model.send({ ...message, id });
      } catch {
        settle({ error: UNSENT });
      }
    });
  };

  return { late, ask };
}
