import { expect, test } from "vitest";
import shared from "../../../tests/messages/contract.json";
import cases from "../../../tests/messages/prompt_units.json";
import prompts from "../../../tests/messages/sent_prompts.json";
import * as contract from "../../src/shared/contract.ts";

test("the facts are those of the kernel", () => {
  expect(contract.PROMPT_LIMIT).toBe(shared.promptLimit);
  expect(contract.SEED_MAX).toBe(shared.seedMax);
  expect(contract.TEXT_SIZES).toEqual(shared.textSizes);
  expect(contract.EDIT_ONLY_SIZES).toEqual(shared.editOnlySizes);
  expect(contract.DEFAULT_SIZE).toBe(shared.defaultSize);
  expect(contract.OUTPUT_FORMATS).toEqual(shared.outputFormats);
});

test.each(cases)("a prompt of $units units", ({ text, units }) => {
  expect(contract.promptUnits(text)).toBe(units);
});

test.each(prompts)("a prompt is sent in one form: $sent", ({ text, sent }) => {
  expect(contract.sentPrompt(text)).toBe(sent);
});

test("a ratio is width over height", () => {
  expect(contract.ratioOf("21:9")).toBeCloseTo(21 / 9);
  expect(contract.ratioOf("nonsense")).toBeCloseTo(16 / 9);
});
