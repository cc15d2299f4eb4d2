/**
 * @file How long the page takes until it is drawn, in a real Chromium: from the beginning of the navigation until the
 * chart, or the table, is on the screen.
 *
 * Each trial is a browser context of its own, with nothing cached. Playwright and Chromium are tools of development:
 * without them the figures are left out, with the reason.
 */
import { existsSync } from "node:fs";
import { median } from "@sdtt/core/statistics";
import type { Browser } from "playwright-core";
import { openStores } from "../read/stores/stores.js";
import { createApp } from "../server/app.js";
import { listen } from "../server/listen.js";
import { loadWebFiles } from "../server/webFiles.js";
import { tableHead, tableLine } from "./measure.js";

export const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
export const chromiumArguments =
  "--no-sandbox --disable-sync --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update".split(
    " ",
  );

/** What must be there for a view to count as drawn. */
const views: readonly (readonly [what: string, path: string, drawn: string])[] = [
  ["home", "/", "main table tbody tr"],
  ["home, all that there is", "/?since=2000-01-01", "main table tbody tr"],
  ["quality", "/curve", "canvas[data-drawn]"],
  ["quality, a line per config key", "/curve?by=lr", "canvas[data-drawn]"],
  ["leaderboard with its scatter", "/leaderboard", "canvas[data-drawn]"],
  ["runs", "/runs", "main table tbody tr"],
];

/** Milliseconds until the view is drawn; the frame in which it is shown included. */
async function timeToDrawn(browser: Browser, url: string, drawn: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(`
      new MutationObserver((_, observer) => {
        if (!document.querySelector(${JSON.stringify(drawn)})) return;
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame((at) => { document.documentElement.dataset.drawnAt = at; }));
      }).observe(document, { childList: true, subtree: true, attributes: true });`);
    await page.goto(url);
    const drawnAt = page.locator("html[data-drawn-at]");
    await drawnAt.waitFor({ state: "attached" });
    return Number(await drawnAt.getAttribute("data-drawn-at"));
  } finally {
    await context.close();
  }
}

/** Says a table of medians row by row, so that one that is broken off is not lost; or why there is none. */
export async function measureDrawn(path: string, trials: number, say: (text: string) => void): Promise<void> {
  if (chromiumPath === undefined) return say("not drawn: Chromium is not installed (apt-get install chromium)\n");
  const playwright = await import("playwright-core").catch(() => undefined);
  if (playwright === undefined) return say("not drawn: playwright-core is not installed\n");
  const stores = openStores([path]);
  const listening = await listen(createApp(stores, loadWebFiles()), 0);
  const browser = await playwright.chromium.launch({ executablePath: chromiumPath, args: chromiumArguments });
  try {
    say(tableHead(["drawn in Chromium", "ms, first visitor", "ms, median"]));
    for (const [what, at, drawn] of views) {
      const times: number[] = [];
      for (let i = 0; i < trials; i++) times.push(await timeToDrawn(browser, listening.url.slice(0, -1) + at, drawn));
      say(tableLine([what, Math.round(times[0] as number), Math.round(median(times))]));
    }
  } finally {
    await browser.close();
    await listening.close();
    stores.close();
  }
}
