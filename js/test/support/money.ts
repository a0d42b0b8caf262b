import type { MoneyInfo } from "../../src/shared/protocol.ts";

/** The kernel's line about money, where nothing is reserved or uncertain. */
export function moneyOf(spent: number, budget: number | null = null): MoneyInfo {
  const left = budget === null ? null : Math.max(0, budget - spent);
  const line =
    budget === null ? `${spent} credits spent` : `${spent} of ${budget} credits spent · ${left} left`;
  return { spent, reserved: 0, uncertain: 0, budget, left, line };
}

/** The same offline. */
export const FREE: MoneyInfo = { ...moneyOf(0), line: "offline previews are free" };
