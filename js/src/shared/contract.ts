/** The facts of the service that the panel has to know; `qwen_notebook/reapi/contract.py` has the same. */

export const PROMPT_LIMIT = 800;
export const SEED_MAX = 2 ** 31 - 1;

export const TEXT_SIZES = ["1:1", "3:4", "4:3", "9:16", "16:9"] as const;
export const EDIT_ONLY_SIZES = ["2:3", "3:2", "21:9"] as const;
export const IMAGE_SIZES = [...TEXT_SIZES, ...EDIT_ONLY_SIZES] as const;
export const OUTPUT_FORMATS = ["png", "jpeg"] as const;
export const DEFAULT_SIZE = "16:9";

export type ImageSize = (typeof IMAGE_SIZES)[number];
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/**
 * Length of a prompt as a JavaScript gateway counts it: UTF-16 code units, so that most emoji count 2.
 */
export const promptUnits = (prompt: string): number => prompt.length;

/**
 * A prompt as the kernel sends it: composed, and without the line ends behind its last word; `normal_prompt` in Python.
 */
export function sentPrompt(prompt: string): string {
  const text = prompt.normalize("NFC").replace(/\r\n?/g, "\n");
  let end = text.length;
  while (end > 0 && " \t\n".includes(text.charAt(end - 1))) end -= 1;
  const lineEnd = text.indexOf("\n", end);
  return lineEnd < 0 ? text : text.slice(0, lineEnd);
}

/** Whether the service takes this shape for edits only. */
export const isEditOnly = (size: string): boolean => (EDIT_ONLY_SIZES as readonly string[]).includes(size);

/** Width over height of a shape such as `16:9`. */
export function ratioOf(size: string): number {
  const [width, height] = size.split(":").map(Number);
  return width && height ? width / height : 16 / 9;
}
