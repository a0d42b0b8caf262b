/** Settings out of a saved picture's code or JSON, as a person pastes it. */

import type { RequestFields } from "./protocol.ts";

const CALL = /\b(?:generate|submit)\(/;
const ARGUMENT =
  /\s*(?:(\w+)\s*=\s*)?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|True|False|None|\d+)\s*(?:,|(?=\)))/y;

/** Read `qn.generate("…", seed=7)` or a request as JSON; anything else is just text. */
export function readRequest(text: string): Partial<RequestFields> | null {
  try {
    const call = CALL.exec(text);
    const fields = call ? fromCode(text.slice(call.index + call[0].length)) : JSON.parse(text);
    return typeof fields.prompt === "string" ? fields : null;
  } catch {
    return null;
  }
}

/** The arguments of a call, each a string, a whole number or a constant; with anything else they are not ours. */
function fromCode(call: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  let end = 0;
  for (;;) {
    ARGUMENT.lastIndex = end;
    const match = ARGUMENT.exec(call);
    if (!match) return /^\s*\)/.test(call.slice(end)) ? fields : {};
    fields[match[1] ?? "prompt"] = JSON.parse(asJson(match[2] ?? ""));
    end = ARGUMENT.lastIndex;
  }
}

/** A Python literal in JSON's spelling. */
function asJson(literal: string): string {
  if (literal.startsWith("'"))
    return `"${literal.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`;
  return literal === "None" ? "null" : literal.replace(/^[TF]/, (letter) => letter.toLowerCase());
}
