/** How the service reads a request, as far as the panel has to know it. Python has the same rules in `reapi`. */

import { EDIT_ONLY_SIZES } from "./wire.gen.ts";

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
