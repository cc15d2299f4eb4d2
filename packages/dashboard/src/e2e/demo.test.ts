/** @file The page of `serve --demo` in Chromium, as a stranger sees it first; SDTT_PICTURES=FOLDER keeps the picture of README. */
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../generate/drawn.js";
import { type DemoStore, makeDemo } from "../read/stores/demo.js";
import { playCommand } from "../server/play/worker.js";
import { type Opened, openPage, visit, whyNot } from "./chromium.fixture.js";

/** Kept where SDTT_PICTURES names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SDTT_PICTURES;
  if (folder) await page.screenshot({ path: join(folder, `${name}.jpg`), type: "jpeg", quality: 60 });
}

describe.skipIf(chromiumPath === undefined)(`the demo in Chromium (${whyNot})`, () => {
  let opened: Opened;
  let demo: DemoStore;
  beforeAll(async () => {
    opened = await openPage(() => {
      demo = makeDemo();
      return [demo.path];
    });
  });
  afterAll(async () => {
    await opened.close();
    demo.remove();
  });

  it("answers on its first screen which student helps and whether to believe it, with curve and samples", async () => {
    const { page, complaints } = await visit(opened, `/?since=${demo.since}`);
    await page.waitForSelector("canvas[data-drawn]");
    await page.waitForSelector(".sample");
    expect(await page.textContent("section[aria-label='the answer']")).toMatch(
      /^Since 2026-\d\d-\d\d: round 5 writes with 8 steps what its teacher needs 9\.75 for at the same entropy \[8\.9\d, 10\.\d\]/,
    );
    expect(await page.locator(".sample").count()).toBe(2);
    expect(await page.locator(".sample .tokens").count()).toBe(2);
    await page.click("text=Watch both being written");
    await page.waitForFunction(
      `[...document.querySelectorAll(".tokens")].every((box) => box.querySelector(".masked"))`,
    );
    await expect.poll(() => page.locator(".tokens .masked").count(), { timeout: 10_000 }).toBe(0);
    await picture(page, "demo");
    await page.click("nav >> text=Meeting");
    await page.waitForSelector("section[aria-label='what changed'], section[aria-label=weeks]");
    await page.waitForSelector("canvas[data-drawn]");
    await picture(page, "meeting");
    await page.click("nav >> text=Leaderboard");
    await page.waitForSelector("section[aria-label=leaderboard] tbody tr");
    expect(await page.locator("section[aria-label=leaderboard] tbody tr").count()).toBe(8);
    await page.waitForSelector("canvas[data-drawn]");
    await picture(page, "leaderboard");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each([
    ["rounds", "/curve?x=round", "canvas[data-drawn]", "Light", 1060],
    ["entropy", "/curve?plane=entropy&temperatures=all", "canvas[data-drawn]", "Dark", 1060],
    ["runs", "/runs", "main table tbody tr", "Light", 640],
    ["run", "/runs?filter=stage:round&sort=-round", "main table tbody tr", "Dark", 1200],
  ])("draws %s without complaint", async (name, path, drawn, theme, height) => {
    const { page, complaints } = await visit(opened, path);
    await page.setViewportSize({ width: 1280, height });
    if (theme === "Dark") await page.click("nav >> text=Dark");
    await page.waitForSelector(drawn);
    if (name === "run") {
      await page.click("main table tbody a[href^='/run?']");
      await page.waitForSelector("canvas[data-drawn]");
    }
    await picture(page, name);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.skipIf(!existsSync(playCommand))(
    "writes side by side as it is revealed, again on one clock, and as a file that plays itself",
    async () => {
      const { page, complaints } = await visit(
        opened,
        "/playground?model=shipped+teacher&steps=4&model=shipped+round+5&steps=4",
      );
      await page.fill("textarea", "And God said, [6] and it was so.");
      await page.click("text=Write");
      await page.waitForSelector("[role=status]:has-text('written')", { timeout: 60_000 });
      const texts = await page.locator(".columns .tokens").allTextContents();
      expect(texts).toHaveLength(2);
      for (const text of texts) expect(text).toMatch(/^And God said, .+ and it was so\.$/);
      expect(await page.locator(".columns .masked").count()).toBe(0);
      expect(await page.locator(".columns .sample .quiet").allTextContents()).toEqual([
        expect.stringMatching(/^[1-4] network evaluations · \d+ ms$/),
        expect.stringMatching(/^[1-4] network evaluations · \d+ ms$/),
      ]);
      await page.click("text=Again, on one clock");
      await page.waitForSelector(".columns .masked", { state: "detached" });
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.click("text=Save as HTML that plays itself"),
      ]);
      const file = join(tmpdir(), `sdtt-played-${process.pid}.html`);
      await download.saveAs(file);
      expect(complaints).toEqual([]);
      await picture(page, "playground");
      await page.goto(`file://${file}`);
      await page.waitForFunction(
        `[...document.querySelectorAll("p.t")].every((box) => /and it was so/.test(box.textContent))`,
      );
      rmSync(file);
      await page.context().close();
    },
  );
});
