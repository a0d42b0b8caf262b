import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const SYSTEM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = process.env.QWEN_TEST_CHROMIUM ?? SYSTEM.find((path) => existsSync(path));
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  server: { fs: { allow: [".."] } },
  optimizeDeps: {
    include: [
      "axe-core",
      "preact",
      "preact/hooks",
      "preact/jsx-runtime",
      "preact/jsx-dev-runtime",
      "@preact/signals",
    ],
  },
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    fileParallelism: false,
    // A machine that has much else to do is slow, not wrong.
    testTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { args: QUIET, ...(executablePath && { executablePath }) } }),
      instances: [{ browser: "chromium" }],
      viewport: { width: 1240, height: 900 },
    },
  },
});
