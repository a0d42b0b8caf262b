import { expect, test } from "vitest";
import gridStyle from "../../src/grid/grid.css?inline";
import panelStyle from "../../src/panel/panel.css?inline";
import { GRID_SCENES } from "../support/grid-scenes.ts";
import { show } from "../support/mount.ts";
import { showGrid } from "../support/mount-grid.ts";
import { SCENES } from "../support/scenes.ts";
import { until } from "../support/until.ts";

const STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }";
const CASES = [
  ...(["empty", "done", "edit", "error"] as const).map((scene) => ({
    kind: "panel",
    scene,
    styles: [panelStyle, gridStyle] as const,
    open() {
      const { model, kernel } = SCENES[scene]();
      return show(model, kernel);
    },
  })),
  ...(["empty", "running", "done"] as const).map((scene) => ({
    kind: "grid",
    scene,
    styles: [gridStyle, panelStyle] as const,
    open: () => showGrid(GRID_SCENES[scene]()),
  })),
];

/** Put these styles into the page, and no other. */
function wear(...styles: string[]) {
  for (const sheet of document.querySelectorAll("style")) sheet.remove();
  for (const text of [...styles, STILL]) {
    const sheet = document.createElement("style");
    sheet.textContent = text;
    document.head.append(sheet);
  }
}

/** Every property of everything within an element. */
function looks(el: HTMLElement): Map<string, string> {
  const found = new Map<string, string>();
  [...el.querySelectorAll("*")].forEach((part, place) => {
    for (const pseudo of ["", "::before", "::after"]) {
      const style = getComputedStyle(part, pseudo);
      if (pseudo && style.content === "none") continue;
      const name = `${place} ${part.tagName} ${part.getAttribute("class")}${pseudo}`;
      for (const property of style) found.set(`${name} ${property}`, style.getPropertyValue(property));
    }
  });
  return found;
}

const unlike = (one: Map<string, string>, other: Map<string, string>) =>
  [...one].filter(([name, value]) => other.get(name) !== value).map(([name, value]) => `${name}: ${value}`);

test.each(CASES)(
  "beside the other's style a $kind looks as it does alone: $scene",
  async ({ styles, open }) => {
    const [mine, others] = styles;
    const { el } = open();
    await until(() => expect(el.querySelector(".qn-alive")).not.toBeNull());
    await until(() => expect([...el.querySelectorAll("img")].every(({ complete }) => complete)).toBe(true));
    const own = [...document.querySelectorAll("style")];
    wear(mine);
    const alone = looks(el);
    wear(others, mine);
    const withTheirsFirst = looks(el);
    wear(mine, others);
    const withTheirsLast = looks(el);
    wear();
    document.head.append(...own);
    expect(alone.size).toBeGreaterThan(10_000);
    expect(unlike(alone, withTheirsFirst)).toEqual([]);
    expect(unlike(alone, withTheirsLast)).toEqual([]);
  },
);
