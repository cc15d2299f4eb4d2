/**
 * @file The page as built, served, and opened in the machine's own Chromium; for tests, which are skipped without one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { fillStore } from "../generate/bigStore.js";
import { chromiumArguments, chromiumPath } from "../generate/drawn.js";
import { openStores, type Stores } from "../read/stores/stores.js";
import { submitSweep } from "../read/sweepFiles/sweep.fixture.js";
import { seedStore } from "../seed.fixture.js";
import { createApp } from "../server/app.js";
import { type Listening, listen } from "../server/listen.js";
import { type PlayWorker, playWorker } from "../server/play/worker.js";
import { loadWebFiles } from "../server/webFiles.js";

export const whyNot = "needs Debian's chromium: apt-get install chromium";

const viteConfig = fileURLToPath(new URL("../../vite.config.ts", import.meta.url));

export interface Opened {
  readonly url: string;
  readonly browser: Browser;
  /** The store that the tests may write into. */
  readonly path: string;
  close(): Promise<void>;
}

interface Closing {
  readonly browser: Browser;
  readonly listening: Listening;
  readonly stores: Stores;
  readonly worker: PlayWorker;
  readonly folder: string;
}

async function closeAll({ browser, listening, stores, worker, folder }: Closing): Promise<void> {
  await browser.close();
  await listening.close();
  worker.close();
  stores.close();
  rmSync(folder, { recursive: true });
}

/** A store of demo, odd and empty experiments and a submitted sweep, and a made-up store. */
function usualStores(folder: string): string[] {
  const [path, madeUp] = [join(folder, "demo.sqlite"), join(folder, "made-up.sqlite")];
  seedStore(path).close();
  submitSweep(folder, "demo");
  fillStore(madeUp, { runs: 39, trainPoints: 5000, evaluations: 500, samples: 200 }, Date.UTC(2025, 5, 1));
  return [path, madeUp];
}

/** Builds the page into a folder of its own and serves the stores that `make` leaves there. */
export async function openPage(make: (folder: string) => string[] = usualStores): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), "sdtt-e2e-"));
  const web = join(folder, "web");
  const paths = make(folder);
  await build({ configFile: viteConfig, logLevel: "warn", build: { outDir: web, emptyOutDir: true } });
  const stores = openStores(paths);
  const worker = playWorker();
  const listening = await listen(
    createApp(stores, loadWebFiles(web), { everyMs: 100, play: { worker, isOn: true } }),
    0,
  );
  const browser = await chromium.launch({ executablePath: chromiumPath as string, args: chromiumArguments });
  const close = () => closeAll({ browser, listening, stores, worker, folder });
  return { url: listening.url.replace(/\/$/, ""), browser, path: paths[0] as string, close };
}

export interface Visit {
  readonly page: Page;
  /** What the console and the page complained of. */
  readonly complaints: string[];
}

/** Opens an address and waits until what it asked for is there. */
export async function visit({ browser, url }: Opened, path: string, timezoneId = "UTC"): Promise<Visit> {
  const viewport = { width: 1280, height: 800 };
  const context = await browser.newContext({ viewport, colorScheme: "light", timezoneId });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url + path);
  await settled(page);
  return { page, complaints };
}

export async function settled(page: Page): Promise<void> {
  await page.waitForSelector("h1, main .notice");
  await page.waitForSelector("text=Loading…", { state: "detached" });
}

/** How far the page is wider than its window. */
export const overflow = (page: Page) =>
  page.evaluate("document.documentElement.scrollWidth - innerWidth") as Promise<number>;
