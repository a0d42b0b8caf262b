/** Sentences about money, time and trouble, the same wherever they stand. Offline none of them speaks of payment. */

import type { ErrorInfo } from "./protocol.ts";

/** Whether a service only draws previews, which are free. */
export const isOffline = (service: string): boolean => service === "simulator";

const number = (value: number) => value.toLocaleString("en");
export const credits = (value: number): string => `${number(value)} ${value === 1 ? "credit" : "credits"}`;

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
