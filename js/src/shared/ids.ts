/** Random ids and seeds. `crypto.randomUUID` is missing on plain http, where many a Jupyter runs. */

export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A seed of at most six digits: short enough to read out, and more than anyone will use up. */
export function drawSeed(): number {
  const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
  return bits % 1_000_000;
}
