/** A seed of at most six digits: short enough to read out, and more than anyone will use up. */
export function drawSeed(): number {
  const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
  return bits % 1_000_000;
}
