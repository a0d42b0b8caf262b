/** Photographs of the demo in every state, for the eye: `npm run shots -- /tmp/panel-shots`. */

import { existsSync, mkdirSync } from "node:fs";
import { chromium } from "playwright";
import { createServer } from "vite";

const [folder = "shots", only = ""] = process.argv.slice(2);
const SCENES = ["empty", "busy", "done", "edit", "error", "offline", "queue", "late", "compare"];
const GRIDS = ["empty", "running", "done", "detail", "compare", "shapes", "many", "offline"];
const WIDTHS = [400, 1200];

const server = await createServer({ configFile: new URL("vite.config.ts", import.meta.url).pathname });
await server.listen(0);
const origin = server.resolvedUrls?.local[0];
const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
const browser = await chromium.launch({
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...(executablePath && { executablePath }),
});
mkdirSync(folder, { recursive: true });
const page = await browser.newPage({ deviceScaleFactor: 1.5 });
page.on("pageerror", (error) => console.error(error.message));
for (const scene of SCENES.filter((name) => name.includes(only))) {
  for (const theme of ["light", "dark", "forced"]) {
    await page.emulateMedia({ forcedColors: theme === "forced" ? "active" : "none" });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width: width + 32, height: 400 });
      await page.goto(
        `${origin}?scene=${scene}&theme=${theme === "forced" ? "light" : theme}&width=${width}`,
      );
      await page.waitForSelector(".qn-root");
      if (scene === "compare") await page.getByRole("button", { name: "Compare" }).click();
      if (scene === "late") {
        await page.getByRole("button", { name: /^Create/ }).click();
        await page.waitForSelector(".qn-connection");
      }
      await page.waitForFunction(() =>
        [...document.querySelectorAll("img")].every((image) => image.complete && image.naturalWidth > 0),
      );
      await page.waitForLoadState("networkidle");
      await page.waitForTimeout(400);
      await page.locator(".qn-root").screenshot({ path: `${folder}/${scene}-${theme}-${width}.png` });
    }
  }
}
for (const scene of GRIDS.filter((name) => `grid-${name}`.includes(only))) {
  for (const theme of ["light", "dark", "forced"]) {
    await page.emulateMedia({ forcedColors: theme === "forced" ? "active" : "none" });
    for (const width of [360, 640, 1200]) {
      await page.setViewportSize({ width: width + 32, height: 900 });
      await page.goto(`${origin}?grid=${scene}&theme=${theme === "forced" ? "light" : theme}&width=${width}`);
      const cell = (name) => page.getByRole("gridcell", { name });
      await cell(/./).first().waitFor();
      if (scene === "compare") {
        await cell(/starred/)
          .last()
          .click();
        await page.keyboard.press("p");
        await cell(/saved/).first().click();
        await page.getByRole("slider").waitFor();
      }
      if (scene === "detail") {
        await cell(/starred/)
          .last()
          .click();
        await page.getByRole("textbox", { name: "Note" }).waitFor();
      }
      if (scene === "many") await page.locator(".qn-sheet").evaluate((sheet) => sheet.scrollTo(400, 3450));
      await page.waitForLoadState("networkidle");
      await page.waitForTimeout(600);
      await page.locator(".qn-root").screenshot({ path: `${folder}/grid-${scene}-${theme}-${width}.png` });
    }
  }
}
await browser.close();
await server.close();
