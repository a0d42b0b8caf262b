/** Width over height of a shape such as `16:9`. */
export function ratioOf(size: string): number {
  const [width, height] = size.split(":").map(Number);
  return width && height ? width / height : 16 / 9;
}
