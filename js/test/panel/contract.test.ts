import { expect, test } from "vitest";
import shared from "../../../tests/messages/contract.json";
import cases from "../../../tests/messages/prompt_units.json";
import prompts from "../../../tests/messages/sent_prompts.json";
import { promptUnits, sentPrompt } from "../../src/panel/contract.ts";
import * as wire from "../../src/panel/protocol.ts";
import { ratioOf } from "../../src/shared/ratio.ts";

test("the facts are those of the kernel", () => {
  expect(wire.PROMPT_LIMIT).toBe(shared.promptLimit);
  expect(wire.SEED_MAX).toBe(shared.seedMax);
  expect(wire.TEXT_SIZES).toEqual(shared.textSizes);
  expect(wire.EDIT_ONLY_SIZES).toEqual(shared.editOnlySizes);
  expect(wire.DEFAULT_SIZE).toBe(shared.defaultSize);
  expect(wire.OUTPUT_FORMATS).toEqual(shared.outputFormats);
});

test.each(cases)("a prompt of $units units", ({ text, units }) => {
  expect(promptUnits(text)).toBe(units);
});

test.each(prompts)("a prompt is sent in one form: $sent", ({ text, sent }) => {
  expect(sentPrompt(text)).toBe(sent);
});

test("a ratio is width over height", () => {
  expect(ratioOf("21:9")).toBeCloseTo(21 / 9);
  expect(ratioOf("nonsense")).toBeCloseTo(16 / 9);
});
