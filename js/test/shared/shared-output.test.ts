import { afterEach, beforeEach, expect, test } from "vitest";
import "../../src/panel/panel.css";
import style from "../../src/shared/style/shared-output.css?raw";

const HEAD = [0xff, 0xd8, 0xff, 0xfe, 0x00, 0x1a];
const OURS = btoa(`${String.fromCharCode(...HEAD)}qwen-notebook preview v1`);

const output = (src: string) =>
  `<div class="jp-OutputArea-child"><div class="jp-OutputPrompt"></div>
   <div class="jp-RenderedImage jp-OutputArea-output"><img src="${src}"></div></div>`;

const hidden = (id: string) => {
  const child =
    document.querySelector(`#${id}`)?.closest(".jp-OutputArea-child") ?? document.querySelector(`#${id}`);
  return child !== null && getComputedStyle(child).display === "none";
};

beforeEach(() => {
  const panel =
    '<div class="jp-OutputArea-child" id="panel-output"><div class="qn-root qn-panel"></div></div>';
  const ours = output(`data:image/jpeg;base64,${OURS}/9sAQwAB`).replace("<img", '<img id="ours"');
  const users = output("data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQ").replace("<img", '<img id="users"');
  document.body.innerHTML = `<div class="jp-OutputArea">${panel}${ours}${users}</div>
    <div class="jp-OutputArea">${ours.replace("ours", "elsewhere")}</div>`;
});

afterEach(() => document.body.replaceChildren());

test("the style's constant is the head of our previews", () => {
  expect(OURS).toHaveLength(40);
  expect(style).toContain(`img[src^="data:image/jpeg;base64,${OURS}"]`);
});

test("a panel without the kernel's mark hides nothing", () => {
  expect(["ours", "users", "elsewhere"].map(hidden)).toEqual([false, false, false]);
});

test("a living panel hides our pictures in its own cell, and nothing else", () => {
  document.querySelector(".qn-panel")?.classList.add("qn-alive");
  expect(["ours", "users", "elsewhere", "panel-output"].map(hidden)).toEqual([true, false, false, false]);
});

test("a panel within an output widget does not hide itself with its picture", () => {
  document.querySelector(".qn-panel")?.classList.add("qn-alive");
  const inner = document.body.innerHTML;
  document.body.innerHTML = `<div class="jp-OutputArea"><div class="jp-OutputArea-child" id="outer"><div class="jp-OutputArea-output">${inner}</div></div></div>`;
  expect(hidden("outer")).toBe(false);
  expect(hidden("ours")).toBe(true);
});
