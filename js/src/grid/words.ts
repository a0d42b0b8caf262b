/** The grid's sentences. */

import { credits } from "../shared/words.ts";
import type { CellInfo, Head, StandingInfo, SweepInfo } from "./protocol.ts";

const number = (value: number) => value.toLocaleString("en");

const PHASES: Record<string, string> = {
  planned: "waiting",
  sending: "sending",
  submitted: "accepted",
  processing: "generating",
  downloading: "downloading",
};

const CHARGES: Record<string, string> = {
  refunded: "refunded",
  maybe: "may be charged",
  paid: "charged",
};

/** An axis as a person would say it. */
export const axisName = (name: string): string => name.replaceAll("_", " ");

/** How a cell stands, in a word or two. */
export const standing = ({ standing, phase }: CellInfo): string =>
  standing === "running" ? (PHASES[phase ?? ""] ?? "running") : standing;

/** What a cell without a picture cost, where that has to be said. */
export const charge = (cell: CellInfo): string => CHARGES[cell.charge ?? ""] ?? "";

/** A number says nothing by itself, so its axis is named with it. */
export const valueWords = (axis: string, value: string): string =>
  /^\d+$/.test(value) ? `${axisName(axis)} ${value}` : value;

/** What a row or column stands for. */
export const headWords = (axes: readonly string[], head: Head): string =>
  axes
    .map((axis, place) => [axis, head[place]] as const)
    .filter(([, value]) => value != null)
    .map(([axis, value]) => valueWords(axis, value ?? ""))
    .join(", ");

/** A cell's name: where it stands, and how; its seed too, where the tile tells it. */
export function cellName(where: string, cell: CellInfo | null | undefined, tellsSeed: boolean): string {
  if (cell === undefined) return `${where}: loading`;
  if (cell === null) return `${where}: no cell`;
  const seed = tellsSeed && `seed ${cell.seed}`;
  const facts = [standing(cell), charge(cell), seed, cell.starred && "starred", cell.noted && "with a note"];
  return `${where}: ${facts.filter(Boolean).join(", ")}`;
}

/** How far the whole is, as the line under its title. */
export function summary({ cells, skipped }: SweepInfo, { counts }: StandingInfo): string {
  const rest = (["running", "uncertain", "failed", "deleted", "new"] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${number(counts[kind])} ${kind}`);
  const left = skipped > 0 ? [`${number(skipped)} left out`] : [];
  return [`${number(counts.saved)} of ${number(cells)} saved`, ...rest, ...left].join(" · ");
}

/** What it has cost, and what is to come. Offline nothing of payment is said. */
export function cost(offline: boolean, { money, price, counts }: StandingInfo): string {
  if (offline || price === null || counts.new === 0) return money.line;
  return `${money.line} · ${credits(counts.new * price)} to go`;
}

/** What a screen reader is told: the run as a whole, never each cell. */
export function announcement(sweep: SweepInfo, now: StandingInfo): string {
  if (now.run) return `Running: ${summary(sweep, now)}.`;
  return now.counts.saved > 0 ? `${summary(sweep, now)}.` : "";
}
