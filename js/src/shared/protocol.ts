/**
 * The messages between the kernel and the panel, and the traits that they share.
 *
 * The kernel's side of this file is `qwen_notebook/widget/protocol.py`; `tests/messages/protocol.json` has an example
 * of every message, and the tests of both sides read it.
 */

export const VERSION = 1;

export interface Request {
  prompt: string;
  image_url: string | null;
  image_size: string;
  output_format: string;
  seed: number;
  nsfw_checker: boolean;
}

export type Verb =
  | "again"
  | "balance"
  | "cancel"
  | "code"
  | "delete"
  | "dismiss"
  | "find"
  | "look_again"
  | "page"
  | "resolve"
  | "send_again"
  | "take_back"
  | "unpause";

export type PictureSize = "preview" | "full";

/** `store` is the front end's own mark, new after every reload of the page. */
export type Hello = { kind: "hello"; v: number; store: string };
export type Submit = { kind: "submit"; request: Request; again: boolean };
export type Act = { kind: "act"; verb: Verb; job: string | null; args: Record<string, unknown> };
export type Want = { kind: "want"; jobs: string[]; size: PictureSize };

/** What the panel has to say, before the channel has given it an id. */
export type Message = Hello | Submit | Act | Want;
export type FromPanel = Message & { id: string };

export type Charge = "nothing" | "refunded" | "maybe" | "paid" | "free";

export interface ErrorInfo {
  kind: string;
  what: string;
  charge: Charge | string;
  todo: string;
}

export type Ack = { kind: "ack"; id: string; result: Record<string, unknown> };
export type Reject = { kind: "reject"; id: string; error: ErrorInfo };
/** The bytes stand in the message's only buffer or, where the host delivers no buffers, in `data` as base64. */
export type Preview = { kind: "preview"; job: string; size: PictureSize; mime: string; data?: string };
export type ToPanel = Ack | Reject | Preview;

export type JobState =
  | "planned"
  | "sending"
  | "submitted"
  | "processing"
  | "downloading"
  | "saved"
  | "gone"
  | "failed"
  | "unreadable"
  | "refused"
  | "uncertain"
  | "dismissed"
  | "cancelled";

export interface JobInfo {
  id: string;
  state: JobState;
  words: string;
  seed: number;
  image_size: string;
  edit: boolean;
  created: number;
  since: number;
  seconds: number | null;
  service: string;
  /** Whether a person gave its task id. */
  by_hand: boolean;
  note: string | null;
  error: ErrorInfo | null;
}

export interface PictureInfo extends Request {
  id: string;
  width: number;
  height: number;
  made: number;
  seconds: number | null;
  credits: number | null;
  service: string;
  name: string;
  url: string | null;
  by_hand: boolean;
}

/** Credits; `line` says them all, in the words that Python uses too. */
export interface MoneyInfo {
  spent: number;
  reserved: number;
  uncertain: number;
  budget: number | null;
  left: number | null;
  line: string;
}

export interface StudioInfo {
  service: string;
  folder: string;
  price: number | null;
  money: MoneyInfo;
  usual: number | null;
  paused: ErrorInfo | null;
  pictures: number;
  waiting: number;
  /** Whether the page was loaded anew: then the notebook takes no newer pictures into the panel's output. */
  reloaded: boolean;
}

export type NextSeed = "same" | "random" | "+1";

/** What a person, or a cell, sets. */
export interface Settings {
  prompt: string;
  image_url: string;
  image_size: string;
  output_format: string;
  seed: number | null;
  nsfw_checker: boolean;
  count: number;
  next_seed: NextSeed;
}

export interface Traits extends Settings {
  _revision: number;
  _jobs: JobInfo[];
  _studio: StudioInfo;
}

/** A model's messages and events, whatever its traits. */
export interface Wire {
  send(content: { id: string; kind: string }): void;
  // biome-ignore lint/suspicious/noExplicitAny: each event has arguments of its own
  on(event: string, callback: (...args: any[]) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off(event: string, callback: (...args: any[]) => void): void;
}

/** The part of anywidget's model that a widget uses: all its traits, and those that its front end writes. */
export interface ModelOf<All, Written> extends Wire {
  get<Name extends keyof All>(name: Name): All[Name];
  set<Name extends keyof Written>(name: Name, value: Written[Name]): void;
  save_changes(): void;
}

export type Model = ModelOf<Traits, Settings>;
