/** The grid's sentences. */

import { credits } from "../shared/text.ts";
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

/** An axis in plain English. */
export const axisName = (name: string): string => name.replaceAll("_", " ");

/** The status of a cell, in a word or two. */
export const statusText = ({ standing, phase }: CellInfo): string =>
  standing === "running" ? (PHASES[phase ?? ""] ?? "running") : standing;

/** What a cell without a picture cost, where that matters. */
export const chargeText = (cell: CellInfo): string => CHARGES[cell.charge ?? ""] ?? "";

/** A number says nothing by itself, so its axis is named with it. */
export const valueText = (axis: string, value: string): string =>
  /^\d+$/.test(value) ? `${axisName(axis)} ${value}` : value;

/** What a row or column is about. */
export const headText = (axes: readonly string[], head: Head): string =>
  axes
    .map((axis, place) => [axis, head[place]] as const)
    .filter(([, value]) => value != null)
    .map(([axis, value]) => valueText(axis, value ?? ""))
    .join(", ");

/** A cell's name: where it is, and its status; its seed too, where the tile shows it. */
export function cellName(where: string, cell: CellInfo | null | undefined, showsSeed: boolean): string {
  if (cell === undefined) return `${where}: loading`;
  if (cell === null) return `${where}: no cell`;
  const seed = showsSeed && `seed ${cell.seed}`;
  const facts = [
    statusText(cell),
    chargeText(cell),
    seed,
    cell.starred && "starred",
    cell.noted && "with a note",
  ];
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

/** What it has cost, and what is to come. Offline it does not speak of payment. */
export function cost(offline: boolean, { money, price, counts }: StandingInfo): string {
  if (offline || price === null || counts.new === 0) return money.line;
  return `${money.line} · ${credits(counts.new * price)} to go`;
}

/** What is announced to a screen reader: the run as a whole, never each cell. */
export function announcement(sweep: SweepInfo, now: StandingInfo): string {
  if (now.run) return `Running: ${summary(sweep, now)}.`;
  return now.counts.saved > 0 ? `${summary(sweep, now)}.` : "";
}
