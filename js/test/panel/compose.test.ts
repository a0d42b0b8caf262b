import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { pictureInfo } from "../support/fake-kernel.ts";
import { mount } from "../support/mount.ts";
import { until } from "../support/until.ts";

const prompt = () => page.getByRole("textbox", { name: "Prompt" });
const radio = (name: string) => page.getByRole("radio", { name, exact: true });

test("what is typed reaches the trait, and the words it asks for stand under it", async () => {
  const { model } = mount();
  await prompt().fill("a poster that reads VISIT MARS");
  await expect.element(page.getByText("VISIT MARS", { exact: true })).toBeVisible();
  expect(model.get("prompt")).toBe("a poster that reads VISIT MARS");
  await until(() => expect(model.saves).toBeGreaterThan(0));
});

test("the counter comes at 80 %, warns in words at 40 left, and never stops typing", async () => {
  mount({ prompt: "a".repeat(639) });
  const counter = () => document.querySelector(".qn-count")?.textContent;
  expect(counter()).toBe("");
  await prompt().fill("a".repeat(640));
  await until(() => expect(counter()).toBe("640 of 800"));
  await prompt().fill("🚀".repeat(390));
  await until(() => expect(counter()).toBe("780 of 800 · 20 left"));
  await prompt().fill("a".repeat(812));
  await until(() => expect(counter()).toBe("812 of 800 · 12 too many"));
  await expect.element(page.getByText("The prompt is 12 characters too long.")).toBeVisible();
});

test("a prompt set from a cell is shown where nobody types", async () => {
  const { model } = mount({ prompt: "mine" });
  model.push({ prompt: "the cell's", _revision: 1 });
  await expect.element(prompt()).toHaveValue("the cell's");
});

test("a prompt set from a cell is offered to someone who types", async () => {
  const { model } = mount();
  await prompt().click();
  await userEvent.keyboard("mine");
  model.push({ prompt: "the cell's", _revision: 1 });
  await expect.element(page.getByText("A cell set the prompt:")).toBeVisible();
  await expect.element(prompt()).toHaveValue("mine");
  await page.getByRole("button", { name: "Keep mine" }).click();
  expect(model.get("prompt")).toBe("mine");
  await expect.element(prompt()).toHaveFocus();

  model.push({ prompt: "the cell's", _revision: 2 });
  await page.getByRole("button", { name: "Use it" }).click();
  await expect.element(prompt()).toHaveValue("the cell's");
});

test("an echo of what was typed a moment ago is not offered", async () => {
  const { model } = mount();
  await prompt().click();
  await userEvent.keyboard("abc");
  model.push({ prompt: "ab" });
  await userEvent.keyboard("d");
  await expect.element(prompt()).toHaveValue("abcd");
  expect(model.get("prompt")).toBe("abcd");
  expect(page.getByText("A cell set the prompt:").query()).toBeNull();
});

test("the code of a picture, pasted, offers its settings", async () => {
  const { model } = mount();
  await prompt().click();
  const clipboardData = new DataTransfer();
  clipboardData.setData(
    "text/plain",
    'qn.generate("a fox", image_size="1:1", output_format="jpeg", seed=77)',
  );
  prompt()
    .element()
    .dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  await page.getByRole("button", { name: "Restore its settings" }).click();
  await expect.element(prompt()).toHaveValue("a fox");
  await expect.element(radio("1:1")).toBeChecked();
  await expect.element(page.getByLabelText("Seed", { exact: true })).toHaveValue("77");
  expect(model.get("output_format")).toBe("jpeg");
});

test("a shape is picked by arrow keys; what only edits have is reached and says why not", async () => {
  const { model } = mount({ image_size: "9:16" });
  radio("9:16").element().focus();
  await userEvent.keyboard("{ArrowRight}");
  await expect.element(radio("16:9")).toBeChecked();
  await userEvent.keyboard("{ArrowRight}");
  await expect.element(radio("2:3")).toHaveFocus();
  await expect.element(radio("2:3")).toHaveAttribute("aria-disabled", "true");
  await expect.element(radio("2:3")).toHaveAccessibleDescription(/editing/);
  await expect.element(page.getByText("2:3, 3:2 and 21:9 need a source image.")).toBeVisible();
  expect(model.get("image_size")).toBe("16:9");
});

test("a source makes it an edit; without it an edit-only shape gives way, and that is said", async () => {
  const { model } = mount();
  await page.getByRole("button", { name: "Add a source image" }).click();
  await expect.element(page.getByLabelText("Source URL")).toHaveFocus();
  await userEvent.keyboard("http://example.com/a.png{Enter}");
  await expect.element(page.getByRole("alert").getByText(/public https URLs only/)).toBeVisible();
  await page.getByLabelText("Source URL").fill("https://example.com/a.png");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect.element(page.getByRole("heading", { name: "Edit an image" })).toBeVisible();
  expect(model.get("image_url")).toBe("https://example.com/a.png");

  await radio("21:9").click();
  expect(model.get("image_size")).toBe("21:9");
  await page.getByRole("button", { name: "Remove the source image" }).click();
  await expect.element(page.getByText("Shape is back to 16:9: 21:9 is for edits only.")).toBeVisible();
  expect(model.get("image_size")).toBe("16:9");
  await expect.element(page.getByRole("button", { name: "Add a source image" })).toHaveFocus();
});

test("a source that a cell takes away opens no field and takes no focus", async () => {
  const { model } = mount();
  await page.getByRole("button", { name: "Add a source image" }).click();
  await userEvent.keyboard("https://example.com/a.png{Enter}");
  await expect.element(page.getByRole("heading", { name: "Edit an image" })).toBeVisible();
  await prompt().click();
  expect(model.get("prompt")).toBe("");
  (prompt().element() as HTMLElement).blur(); // which sends what was written, so that the cell's word is the later one
  await prompt().click();
  model.push({ image_url: "" });
  await expect.element(page.getByRole("button", { name: "Add a source image" })).toBeVisible();
  await expect.element(prompt()).toHaveFocus();
});

test("a source that is a picture of the folder says which", async () => {
  mount({ image_url: pictureInfo().url ?? "" }, { pictures: [pictureInfo()] });
  await expect.element(page.getByText("seed 7, made 12 min ago")).toBeVisible();
});

test("the seed is a whole number or empty", async () => {
  const { model } = mount({ prompt: "a fox" });
  const seed = page.getByLabelText("Seed", { exact: true });
  await seed.fill("2147483647");
  expect(model.get("seed")).toBe(2147483647);
  await seed.fill("2147483648");
  await expect.element(page.getByText(/The seed is a whole number/)).toBeVisible();
  expect(model.get("seed")).toBe(2147483647);
  await userEvent.tab();
  await expect.element(seed).toHaveValue("2147483647");
  await seed.fill("");
  expect(model.get("seed")).toBeNull();
});

test("the number of images stays between 1 and 16", async () => {
  const { model } = mount({ count: 15 });
  const more = page.getByRole("button", { name: "More images" });
  await more.click();
  await expect.element(more).toHaveAttribute("aria-disabled", "true");
  (more.element() as HTMLElement).click();
  expect(model.get("count")).toBe(16);
  await page.getByLabelText("Images", { exact: true }).fill("1");
  await expect
    .element(page.getByRole("button", { name: "Fewer images" }))
    .toHaveAttribute("aria-disabled", "true");
});

test("format and safety check are under More", async () => {
  const { model } = mount();
  await page.getByText("More: png · safety check off").click();
  await radio("jpeg").click();
  await page.getByLabelText("Safety check").click();
  await expect.element(page.getByText("More: jpeg · safety check on")).toBeVisible();
  expect([model.get("output_format"), model.get("nsfw_checker")]).toEqual(["jpeg", true]);
});

test("an example fills the prompt", async () => {
  mount();
  await page.getByRole("button", { name: /VISIT MARS/ }).click();
  await expect.element(prompt()).toHaveValue(expect.stringContaining("VISIT MARS"));
});
