// Generated from the Python schemas by `python -m tests.support.wire_types`: change those instead.

export const VERSION = 1;
export const MAX_WANTED = 64;
export const DEFAULT_SIZE = "16:9";

/** The message was taken. `result` depends on the message. */
export type Ack = {
  kind: "ack";
  id: string;
  result: Record<string, unknown>;
};

export type Charge = "nothing" | "refunded" | "maybe" | "paid" | "free";

/** The Python that makes a picture. */
export type CodeResult = {
  code: string;
};

/** It is done; there is nothing to add. */
export type EmptyResult = Record<string, never>;

/** An error in parts, so that the panel can lay it out and leave payment out where none is in play. */
export type ErrorInfo = {
  kind: string;
  what: string;
  charge: Charge;
  todo: string;
};

/** A view came up and asks whether a kernel is there. */
export type Hello = {
  id: string;
  kind: "hello";
  v: number;
  store?: string | null;
};

/** The answer to `Hello`: the mark of this kernel's life, and the version of its protocol. */
export type HelloResult = {
  kernel: string;
  v: number;
};

export type ImageSize = "1:1" | "3:4" | "4:3" | "9:16" | "16:9" | "2:3" | "3:2" | "21:9";

export type JobState =
  | "planned"
  | "sending"
  | "submitted"
  | "processing"
  | "downloading"
  | "uncertain"
  | "saved"
  | "gone"
  | "failed"
  | "unreadable"
  | "refused"
  | "dismissed"
  | "cancelled";

/** Credits, as `Studio.money` has them; `line` says them all, in the words that Python uses too. */
export type MoneyInfo = {
  spent: number;
  reserved: number;
  uncertain: number;
  budget: number | null;
  left: number | null;
  line: string;
};

export type OutputFormat = "png" | "jpeg";

/** One saved picture with all its settings. `by_hand` says that a person gave its task id. */
export type PictureInfo = {
  prompt: string;
  image_url: string | null;
  image_size: ImageSize;
  output_format: OutputFormat;
  seed: number;
  nsfw_checker: boolean;
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
};

export type PictureSize = "preview" | "full";

/**
 * The bytes of one picture stand in the message's only buffer.
 *
 * Where the host delivers no buffers (Colab may not), they stand in `data` as base64.
 */
export type Preview = {
  kind: "preview";
  job: string;
  size: PictureSize;
  mime: string;
  data?: string;
};

/** The message was not taken, and why. */
export type Reject = {
  kind: "reject";
  id: string;
  error: ErrorInfo;
};

/** A request with all its fields, by the contract's names. */
export type RequestFields = {
  prompt: string;
  image_url: string | null;
  image_size: ImageSize;
  output_format: OutputFormat;
  seed: number;
  nsfw_checker: boolean;
};

/** The bytes of some pictures, which a view is about to show. */
export type Want = {
  id: string;
  kind: "want";
  jobs: readonly string[];
  size?: PictureSize;
};

/** The answer to `Want`, after the previews: the pictures whose bytes could not be read. */
export type WantResult = {
  missing: readonly string[];
};
