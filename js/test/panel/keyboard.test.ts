import { expect, onTestFinished, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { mount } from "../support/mount.ts";
import { until } from "../support/until.ts";

/** What the notebook round the panel would receive. */
function listen() {
  const received: string[] = [];
  const receive = ({ key }: KeyboardEvent) => received.push(key);
  document.addEventListener("keydown", receive);
  onTestFinished(() => document.removeEventListener("keydown", receive));
  return received;
}

test("the notebook receives nothing of what is typed, but saving and Escape", async () => {
  const received = listen();
  mount();
  const prompt = page.getByRole("textbox", { name: "Prompt" });
  await prompt.click();
  await userEvent.keyboard("abdd{Enter}{Shift>}{Enter}{/Shift}{ArrowUp}");
  page.getByRole("radio", { name: "1:1" }).element().focus();
  await userEvent.keyboard("abdd{ArrowRight}");
  page.getByRole("button", { name: "More images" }).element().focus();
  await userEvent.keyboard("ab");
  expect(received.filter((key) => key !== "Shift")).toEqual([]);
  await userEvent.keyboard("{Escape}");
  prompt.element().dispatchEvent(new KeyboardEvent("keydown", { key: "s", ctrlKey: true, bubbles: true }));
  prompt.element().dispatchEvent(new KeyboardEvent("keydown", { key: "S", metaKey: true, bubbles: true }));
  expect(received.filter((key) => key !== "Shift")).toEqual(["Escape", "s", "S"]);
});

test("undo works in the field and stays there", async () => {
  const received = listen();
  const { model } = mount();
  await page.getByRole("textbox", { name: "Prompt" }).click();
  await userEvent.keyboard("one two");
  await userEvent.keyboard("{Control>}z{/Control}");
  await until(() => expect(model.get("prompt")).not.toBe("one two"));
  expect(received).toEqual([]);
});

test("an IME's Enter writes and does not press", async () => {
  const panel = mount({ prompt: "海" });
  const prompt = page.getByRole("textbox", { name: "Prompt" }).element();
  const enter = { key: "Enter", ctrlKey: true, isComposing: true, bubbles: true };
  prompt.dispatchEvent(new KeyboardEvent("keydown", enter));
  expect(panel.sent("submit")).toEqual([]);
});

test("from an empty panel to a saved picture by keyboard alone", async () => {
  const panel = mount();
  const reached: string[] = [];
  for (let stop = 0; stop < 30 && !reached.at(-1)?.startsWith("Create"); stop++) {
    await userEvent.tab();
    const here = document.activeElement as HTMLElement;
    reached.push(here.textContent || here.getAttribute("aria-label") || here.id);
    if (here instanceof HTMLTextAreaElement) await userEvent.keyboard("a fox");
  }
  expect(reached.at(-1)).toBe("Create · 31 credits");
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByText("Waiting, not sent")).toBeVisible();
  panel.kernel.move("made-1", { state: "saved" });
  await expect.element(page.getByRole("img", { name: "a fox" })).toBeVisible();
  expect(document.activeElement?.textContent).toMatch(/^(Create|Show it)/);
});
