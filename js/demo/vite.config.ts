import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vite";

const THEMES = process.env.QWEN_LAB_THEMES ?? "../../.venv/share/jupyter/lab/themes/@jupyterlab";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    {
      name: "jupyterlab-themes",
      configureServer({ middlewares }) {
        middlewares.use("/themes", (request, response) => {
          const file = join(import.meta.dirname, THEMES, request.url ?? "");
          response.statusCode = existsSync(file) ? 200 : 404;
          response.end(existsSync(file) ? readFileSync(file) : "");
        });
      },
    },
  ],
});
