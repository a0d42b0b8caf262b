import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { jobInfo, pictureInfo } from "../support/fake-kernel.ts";
import { FakeModel } from "../support/fake-model.ts";
import { mount } from "../support/mount.ts";
import { until } from "../support/until.ts";

const WAITING = 20;
const KEYS = 80;

/** As much as a panel can have to show: 40 jobs, of which the kernel tells 20, and 10,000 pictures. */
async function load() {
  const pictures = Array.from({ length: 10_000 }, (_, place) =>
    pictureInfo({ id: `p${place}`, seed: place }),
  );
  const jobs = Array.from({ length: 20 }, (_, place) => jobInfo({ id: `j${place}`, seed: place }));
  const studio = { ...new FakeModel().get("_studio"), waiting: WAITING };
  const panel = mount({ prompt: "a fox", _jobs: jobs, _studio: studio }, { pictures });
  await expect.element(page.getByRole("listbox", { name: "Earlier pictures" })).toBeVisible();
  await until(() => expect(panel.el.querySelectorAll(".qn-tile img").length).toBeGreaterThan(5));
  return panel;
}

test("a full panel stays under 1,500 elements", async () => {
  const { el } = await load();
  expect(el.querySelectorAll("li")).toHaveLength(19);
  expect(el.querySelectorAll("*").length).toBeLessThan(1500);
});

test("every key that is typed into a full panel is drawn, and how fast is reported", async () => {
  const { el } = await load();
  const prompt = el.querySelector("textarea");
  if (!prompt) throw new Error("there is no prompt");
  prompt.focus();
  const times: number[] = [];
  for (let key = 0; key < KEYS; key++) {
    const typed = performance.now();
    document.execCommand("insertText", false, key % 6 ? "x" : " ");
    await Promise.resolve();
    el.getBoundingClientRect();
    times.push(performance.now() - typed);
    await new Promise(requestAnimationFrame);
  }
  const slow = times.toSorted((one, other) => one - other)[Math.floor(KEYS * 0.95)];
  console.info(`95th percentile of a key in a full panel: ${slow?.toFixed(1)} ms (goal: under 50)`);
  expect(prompt.value).toHaveLength("a fox".length + KEYS);
});
