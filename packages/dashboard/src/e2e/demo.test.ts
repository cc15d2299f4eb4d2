/** @file The page of `serve --demo` in Chromium, as a stranger sees it first; SDTT_PICTURES=FOLDER keeps the picture of README. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../generate/drawn.js";
import { type DemoStore, makeDemo } from "../read/stores/demo.js";
import { type Opened, openPage, visit, whyNot } from "./chromium.fixture.js";

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
    if (process.env.SDTT_PICTURES) {
      await page.screenshot({ path: join(process.env.SDTT_PICTURES, "demo.jpg"), type: "jpeg", quality: 60 });
    }
    await page.click("nav >> text=Leaderboard");
    await page.waitForSelector("section[aria-label=leaderboard] tbody tr");
    expect(await page.locator("section[aria-label=leaderboard] tbody tr").count()).toBe(8);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
