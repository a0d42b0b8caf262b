/**
 * The words that a prompt asks to see in the image.
 *
 * Qwen draws the words that a prompt quotes or announces. A single quote opens only before, and closes only after, a
 * word, so that apostrophes stay apostrophes. The painter has the same rules in `contract.py`, and
 * `tests/messages/literal_text.json` is read by the tests of both.
 */

const WORD = "[\\p{L}\\p{N}_]";
const QUOTED =
  '“([^”\\n]+)”|"([^"\\n]+)"|„([^“”\\n]+)[“”]|«([^»\\n]+)»|「([^」\\n]+)」|『([^』\\n]+)』|《([^》\\n]+)》' +
  `|(?<!${WORD})‘(\\S(?:[^\\n]*?\\S)?)’(?!${WORD})|(?<!${WORD})'(\\S(?:[^\\n]*?\\S)?)'(?!${WORD})`;
const QUOTES = new RegExp(QUOTED, "gu");
const STARTS_QUOTED = new RegExp(`^(?:${QUOTED})`, "u");
const ANNOUNCED = new RegExp(`(?<!${WORD})(?:reads?|reading|says?|saying|titled):?[ ]+([^\\n]+)`, "gu");

/** The words of a prompt that belong in the image, without their marks, in its order, each once. */
export function literalText(prompt: string): string[] {
  const found: { at: number; words: string }[] = [];
  for (const match of prompt.matchAll(QUOTES)) {
    const words = match.slice(1).find(Boolean) ?? "";
    found.push({ at: match.index, words: words.trim().replace(/,$/, "") });
  }
  for (const match of prompt.matchAll(ANNOUNCED)) {
    const rest = match[1] ?? "";
    const at = match.index + match[0].length - rest.length;
    if (!STARTS_QUOTED.test(rest)) found.push({ at, words: capitals(rest) });
  }
  found.sort((one, other) => one.at - other.at);
  return [...new Set(found.map(({ words }) => words))].filter(Boolean);
}

/** The leading words of a text that have no small letter. */
function capitals(text: string): string {
  const taken: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (word !== word.toUpperCase()) break;
    taken.push(word);
    if (/[,;.]$/.test(word)) break;
  }
  const shout = taken.join(" ").replace(/^[,.;: ]+|[,.;: ]+$/g, "");
  const letters = shout.match(new RegExp(WORD, "gu")) ?? [];
  const foreign = [...shout].some((letter) => letter > "\x7f");
  return letters.length > 1 || foreign ? shout : "";
}
