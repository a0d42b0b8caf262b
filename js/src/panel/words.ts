/** The panel's sentences about money, time and phases. Offline none of them speaks of payment. */

import type { ErrorInfo, StudioInfo } from "../shared/protocol.ts";
import { isOffline, type Line } from "./state/jobs.ts";

const number = (value: number) => value.toLocaleString("en");
export const credits = (value: number): string => `${number(value)} ${value === 1 ? "credit" : "credits"}`;

/** What an action would cost, as it stands behind the action's name. */
export function cost(studio: StudioInfo, count = 1): string {
  if (isOffline(studio.service)) return count > 1 ? " · free previews" : " · free preview";
  return studio.price === null ? "" : ` · ${credits(studio.price * count)}`;
}

const PHASES: Partial<Record<Line["state"], string>> = {
  asking: "Sending to the kernel",
  planned: "Waiting, not sent",
  sending: "Sending",
  submitted: "Accepted",
  processing: "Generating",
  downloading: "Downloading",
  saved: "Saved",
  gone: "The result has expired",
  failed: "The image could not be made",
  unreadable: "What arrived is no image",
  refused: "The request was refused",
  uncertain: "No answer came after sending",
  rejected: "Nothing was sent",
};

const KINDS: Record<string, string> = {
  AuthenticationError: "The key is not accepted",
  ContentRejected: "The content policy turned it down",
  InsufficientCredits: "The account has too few credits",
};

export const phase = (line: Line): string => PHASES[line.state] ?? line.state;
export const troubleTitle = (line: Line): string => KINDS[line.error?.kind ?? ""] ?? phase(line);

const CHARGES: Record<string, string> = {
  nothing: "Nothing was charged.",
  refunded: "The charge was refunded.",
  maybe: "It may have been charged.",
  paid: "The image was charged.",
};

/** An error as sentences: what happened, what was charged, what to do. */
export function explain(error: ErrorInfo, service: string): string {
  const charge = isOffline(service) ? "" : CHARGES[error.charge];
  return [error.what, charge, error.todo].filter(Boolean).join(" ");
}

/** Time that is running, in whole seconds. */
export function elapsed(seconds: number): string {
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Time that something took. */
export const took = (seconds: number): string =>
  seconds < 100 ? `${seconds.toFixed(1)} s` : elapsed(seconds);

export function ago(made: number, now: number): string {
  const minutes = Math.floor((now - made) / 60);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `on ${new Date(made * 1000).toLocaleDateString()}`;
}

export const clock = (at: number): string =>
  new Date(at * 1000).toLocaleTimeString([], { timeStyle: "short" });

export const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1).trimEnd()}…` : text;

/** What a screen reader is told: the phase of one job, or many jobs as a sum. */
export function announcement(active: readonly Line[], saved: number): string {
  const [line, ...others] = active;
  if (!line) return saved > 1 ? `${saved} pictures are saved.` : saved ? "The picture is saved." : "";
  if (others.length === 0 && saved === 0) return `${phase(line)}.`;
  return `${active.length} in work, ${saved} saved.`;
}
