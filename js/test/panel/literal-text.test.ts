import { expect, test } from "vitest";
import cases from "../../../tests/messages/literal_text.json";
import { literalText } from "../../src/panel/literal-text.ts";

test.each(cases)("$prompt", ({ prompt, words }) => {
  expect(literalText(prompt)).toEqual(words);
});
