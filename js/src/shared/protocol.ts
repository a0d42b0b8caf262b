/** The messages that panel and grid have in common; their types are generated from the Python schemas. */

import type { Ack, Preview, Reject } from "./wire.gen.ts";

export * from "./wire.gen.ts";

/** A message before the channel has given it an id. */
export type Unsent<Message> = Message extends unknown ? Omit<Message, "id"> : never;

/** What the kernel sends to either of them. */
export type ToFrontEnd = Ack | Reject | Preview;
