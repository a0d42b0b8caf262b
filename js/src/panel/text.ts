/** The panel's sentences about prices, ages and phases. Offline none of them speaks of payment. */

import { credits, isOffline } from "../shared/text.ts";
import type { StudioInfo } from "./protocol.ts";
import type { Line } from "./state/jobs.ts";

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
  unreadable: "What arrived is not an image",
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

export function ago(made: number, now: number): string {
  const minutes = Math.floor((now - made) / 60);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `on ${new Date(made * 1000).toLocaleDateString()}`;
}

/** A time of day as the kernel's sentences have it, whatever the browser's country does. */
export const clock = (at: number): string =>
  new Date(at * 1000).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1).trimEnd()}…` : text;

/** What is announced to a screen reader: the phase of one job, or many jobs as a sum. */
export function announcement(active: readonly Line[], saved: number): string {
  const [line, ...others] = active;
  if (!line) return saved > 1 ? `${saved} pictures are saved.` : saved ? "The picture is saved." : "";
  if (others.length === 0 && saved === 0) return `${phase(line)}.`;
  return `${active.length} in work, ${saved} saved.`;
}
