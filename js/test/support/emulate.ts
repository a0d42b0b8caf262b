import { cdp } from "vitest/browser";

export const THEMES = ["light", "dark", "forced colours"] as const;
export type Theme = (typeof THEMES)[number];

interface Devtools {
  send(method: string, params: object): Promise<unknown>;
}

const emulate = (features: object[]) =>
  (cdp() as unknown as Devtools).send("Emulation.setEmulatedMedia", { features });

/** Wear a theme, as the system and JupyterLab would ask for it. */
export async function wear(theme: Theme) {
  await emulate([
    { name: "prefers-color-scheme", value: theme === "dark" ? "dark" : "light" },
    { name: "forced-colors", value: theme === "forced colours" ? "active" : "none" },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  document.documentElement.lang = "en";
  document.body.dataset.jpThemeLight = String(theme !== "dark");
}

export async function undress() {
  delete document.body.dataset.jpThemeLight;
  await emulate([]);
}
