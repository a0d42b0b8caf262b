import { vi } from "vitest";

/** Wait until a check passes, also on a machine that has much else to do. */
export const until = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 20_000 });
