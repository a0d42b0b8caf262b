import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { show } from "../support/mount.ts";
import { SCENES } from "../support/scenes.ts";
import { until } from "../support/until.ts";

test("every button that does something answers the pointer", async () => {
  const { model, kernel } = SCENES.error();
  const { el } = show(model, kernel);
  await until(() => expect(el.querySelector(".qn-alive")).not.toBeNull());
  const buttons = [
    ...el.querySelectorAll<HTMLElement>("button.qn-button:not([aria-disabled], .qn-card :first-child)"),
  ];
  expect(buttons.length).toBeGreaterThan(5);
  for (const button of buttons) {
    const look = () => getComputedStyle(button).backgroundColor;
    await page.elementLocator(el.querySelector("h3") ?? el).hover();
    const before = look();
    await page.elementLocator(button).hover();
    await until(() => expect(look(), button.outerHTML).not.toBe(before));
  }
});
