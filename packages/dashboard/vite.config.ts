/**
 * @file Builds the page into dist/web, from where the server reads it.
 *
 * Nothing is inlined, because the page's content security policy allows no inline script or style.
 */
import { defineConfig } from "vite";

export default defineConfig({
  root: "src/web",
  base: "./",
  build: { outDir: "../../dist/web", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
