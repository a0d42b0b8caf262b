import axe from "axe-core";
import { afterEach, expect, test } from "vitest";
import { cdp } from "vitest/browser";
import { show } from "../support/mount.ts";
import { SCENES, type Scene } from "../support/scenes.ts";
import { until } from "../support/until.ts";

const THEMES = ["light", "dark", "forced colours"] as const;
const STATES: Scene[] = ["empty", "busy", "done", "edit", "error", "offline", "queue"];
const cases = THEMES.flatMap((theme) => STATES.map((scene) => ({ theme, scene })));

const media = (theme: (typeof THEMES)[number]) => [
  { name: "prefers-color-scheme", value: theme === "dark" ? "dark" : "light" },
  { name: "forced-colors", value: theme === "forced colours" ? "active" : "none" },
  { name: "prefers-reduced-motion", value: "reduce" },
];

interface Devtools {
  send(method: string, params: object): Promise<unknown>;
}

afterEach(async () => {
  delete document.body.dataset.jpThemeLight;
  await (cdp() as unknown as Devtools).send("Emulation.setEmulatedMedia", { features: [] });
});

test.each(cases)("axe finds nothing: $scene, $theme", async ({ theme, scene }) => {
  await (cdp() as unknown as Devtools).send("Emulation.setEmulatedMedia", { features: media(theme) });
  document.documentElement.lang = "en";
  document.body.dataset.jpThemeLight = String(theme !== "dark");
  const { model, kernel } = SCENES[scene]();
  const { el } = show(model, kernel);
  await until(() => expect(el.querySelector(".qn-alive")).not.toBeNull());
  await until(() => expect([...el.querySelectorAll("img")].every(({ complete }) => complete)).toBe(true));
  const { violations } = await axe.run(el, { rules: { region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
});

test("every target is at least 24 pixels high and wide", async () => {
  const { model, kernel } = SCENES.error();
  const { el } = show(model, kernel, 400);
  await until(() => expect(el.querySelector(".qn-alive")).not.toBeNull());
  for (const control of el.querySelectorAll<HTMLElement>("button, input, textarea, summary")) {
    if (!control.checkVisibility()) continue;
    const { width, height } = control.getBoundingClientRect();
    expect(Math.min(width, height), control.outerHTML).toBeGreaterThanOrEqual(24);
  }
});

test("nothing is wider than a narrow panel", async () => {
  for (const scene of STATES) {
    const { model, kernel } = SCENES[scene]();
    const { el } = show(model, kernel, 360);
    await until(() => expect(el.querySelector(".qn-alive")).not.toBeNull());
    const right = el.getBoundingClientRect().right;
    for (const part of el.querySelectorAll(".qn-panel *:not(.qn-strip *, .qn-unseen)")) {
      expect(
        part.getBoundingClientRect().right,
        `${scene}: ${part.outerHTML.slice(0, 200)}`,
      ).toBeLessThanOrEqual(right + 0.5);
    }
  }
});
