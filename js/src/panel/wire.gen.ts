// Generated from the Python schemas by `python -m tests.support.wire_types`: change those instead.

import type {
  CodeResult,
  EmptyResult,
  ErrorInfo,
  HelloResult,
  ImageSize,
  JobState,
  MoneyInfo,
  OutputFormat,
  PictureInfo,
  RequestFields,
  WantResult,
} from "../shared/wire.gen.ts";

export const PROMPT_LIMIT = 800;
export const SEED_MAX = 2147483647;
export const TEXT_SIZES = ["1:1", "3:4", "4:3", "9:16", "16:9"] as const;
export const EDIT_ONLY_SIZES = ["2:3", "3:2", "21:9"] as const;
export const IMAGE_SIZES = ["1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "21:9"] as const;
export const OUTPUT_FORMATS = ["png", "jpeg"] as const;
export const MAX_COUNT = 16;

/** Something to do with a job, a picture or the studio. */
export type Act = {
  id: string;
  kind: "act";
  verb: Verb;
  job?: string | null;
  args?: Record<string, unknown>;
};

/** What `Act.args` holds for each verb. The handlers check it: here it is only written down. */
export type ActArgs = {
  cancel: NoArgs;
  resolve: ResolveArgs;
  take_back: NoArgs;
  dismiss: NoArgs;
  again: NoArgs;
  send_again: NoArgs;
  look_again: NoArgs;
  find: FindArgs;
  balance: NoArgs;
  page: PageArgs;
  code: NoArgs;
  delete: NoArgs;
  unpause: NoArgs;
};

/** The result of each verb of `Act`. */
export type ActResults = {
  cancel: CancelResult;
  resolve: StateResult;
  take_back: StateResult;
  dismiss: StateResult;
  again: SubmitResult;
  send_again: StateResult;
  look_again: StateResult;
  find: FindResult;
  balance: BalanceResult;
  page: PageResult;
  code: CodeResult;
  delete: EmptyResult;
  unpause: EmptyResult;
};

/** The account's credits, and when they were read, in Unix seconds. */
export type BalanceResult = {
  balance: number;
  at: number;
};

/** Whether a job could still be cancelled. */
export type CancelResult = {
  state: JobState;
  cancelled: boolean;
};

/** The request whose picture is looked for. */
export type FindArgs = {
  request: RequestFields;
};

/** The saved picture of an equal request, if there is one. */
export type FindResult = {
  job: string | null;
  picture?: PictureInfo;
};

/** One line of the `_jobs` trait: a job that runs, or that a person has to look at. Times in Unix seconds. */
export type JobInfo = {
  id: string;
  state: JobState;
  words: string;
  seed: number;
  image_size: ImageSize;
  edit: boolean;
  created: number;
  since: number;
  seconds: number | null;
  service: string;
  by_hand: boolean;
  note: string | null;
  error: ErrorInfo | null;
};

export type NextSeed = "same" | "random" | "+1";

/** Nothing more has to be known. */
export type NoArgs = Record<string, never>;

/** Which pictures, counted from the newest. */
export type PageArgs = {
  offset: number;
  limit: number;
};

/** Some of the folder's pictures, newest first, and how many there are. */
export type PageResult = {
  total: number;
  pictures: readonly PictureInfo[];
};

/** The result of each kind of message; that of `Act` depends on its verb, see `ActResults`. */
export type PanelResults = {
  hello: HelloResult;
  submit: SubmitResult;
  want: WantResult;
  act: Record<string, unknown>;
};

/** The panel's traits that a person, or a cell, sets. */
export type PanelSettings = {
  prompt: string;
  image_url: string;
  image_size: ImageSize;
  output_format: OutputFormat;
  seed: number | null;
  nsfw_checker: boolean;
  count: number;
  next_seed: NextSeed;
};

/** All traits of the panel that the front end reads; those with an underscore only the kernel writes. */
export type PanelTraits = {
  prompt: string;
  image_url: string;
  image_size: ImageSize;
  output_format: OutputFormat;
  seed: number | null;
  nsfw_checker: boolean;
  count: number;
  next_seed: NextSeed;
  _revision: number;
  _jobs: readonly JobInfo[];
  _studio: StudioInfo;
};

/** The task id that a person found. */
export type ResolveArgs = {
  task_id: string;
};

/** A job was acted on, and is in this state now. */
export type StateResult = {
  state: JobState;
};

/** The `_studio` trait: what the panel has to know of the studio. */
export type StudioInfo = {
  service: string;
  folder: string;
  price: number | null;
  money: MoneyInfo;
  usual: number | null;
  paused: ErrorInfo | null;
  pictures: number;
  waiting: number;
  reloaded: boolean;
};

/** One press of the button for one image: k images are k of these. The whole request travels here. */
export type Submit = {
  id: string;
  kind: "submit";
  request: RequestFields;
  again?: boolean;
};

/** A request became a job, or is one already. */
export type SubmitResult = {
  state: JobState;
  job: string;
};

export type Verb =
  | "cancel"
  | "resolve"
  | "take_back"
  | "dismiss"
  | "again"
  | "send_again"
  | "look_again"
  | "find"
  | "balance"
  | "page"
  | "code"
  | "delete"
  | "unpause";
