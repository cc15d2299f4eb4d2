/**
 * @file Builds the page into dist/web, from where the server reads it, with the list of its views.
 *
 * Nothing is inlined, because the page's content security policy allows no inline script or style.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const root = fileURLToPath(new URL("src/web", import.meta.url));

/** So that the server knows which addresses are views. */
const listViews = {
  name: "list-views",
  generateBundle(this: { emitFile(file: { type: "asset"; fileName: string; source: string }): void }) {
    const names = readdirSync(`${root}/views`).map((file) => file.replace(/\.tsx$/, ""));
    this.emitFile({ type: "asset", fileName: "views.json", source: JSON.stringify(names.sort()) });
  },
};

export default defineConfig({
  root,
  base: "./",
  plugins: [listViews],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { outDir: "../../dist/web", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
