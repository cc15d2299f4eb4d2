/** @file What people do on the page, from the first click or key to what they came for. */
import { openStore } from "@sdtt/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../generate/drawn.js";
import { type Opened, openPage, overflow, visit, whyNot } from "./chromium.fixture.js";
import { chain, seriousFindings, views } from "./views.fixture.js";

let opened: Opened;

describe.skipIf(chromiumPath === undefined)(`tasks on the page in Chromium (${whyNot})`, () => {
  beforeAll(async () => {
    opened = await openPage();
  });
  afterAll(() => opened.close());

  it("shows a submitted sweep with what was pruned and why, and copies the command that retries a cell", async () => {
    const { page, complaints } = await visit(opened, views.sweep);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    expect(await page.textContent("main")).toMatch(/✂\s*pruned/);
    expect(await page.textContent("section[aria-label='cells that are not done']")).toMatch(/median 400\.0 of 8/);
    await page.click("section[aria-label='cells that are not done'] button[aria-label='copy the command: retry']");
    await page.waitForSelector("button:has-text('retry ✓')");
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^npx nx run experiments:retry --sweep=demo/);
    expect(await page.title()).toBe("Sweeps · SDTT");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("opens the samples of a number by keyboard alone, and runs none of what they contain", async () => {
    const { page, complaints } = await visit(opened, "/curve?experiment=demo");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("To the content");
    await page.focus("section[aria-label=gen-ppl\\@1] button");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=3 of 3 kept samples");
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H2");
    expect(await page.textContent(".samples")).toContain('<script>document.title = "owned"</script> [U+202E]abc␇');
    expect(await page.title()).toBe("Quality · SDTT");
    await page.reload();
    await page.waitForSelector("text=3 of 3 kept samples");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("opens the samples of a point that is clicked", async () => {
    const { page } = await visit(opened, "/curve?experiment=experiment-01&rounds=1");
    const box = await page.locator("canvas").boundingBox();
    if (box === null) throw new Error("no chart");
    for (let y = box.y + 40; y < box.y + box.height * 0.6 && !page.url().includes("open="); y += 4) {
      for (const dx of [0.1, 0.105, 0.11, 0.115, 0.12]) await page.mouse.click(box.x + box.width * dx, y);
    }
    expect(page.url()).toContain("open=");
    await page.waitForSelector(".samples h3");
    await page.context().close();
  });

  it("shows the part of a training curve that is drawn over, keeps it in the address, and all of it again", async () => {
    const { page, complaints } = await visit(opened, `/run?id=${chain}/round-2`);
    await page.waitForSelector("canvas[data-drawn]");
    const box = await page.locator("canvas").first().boundingBox();
    if (box === null) throw new Error("no chart");
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.4, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, y);
    expect(await page.locator(".band").first().isVisible()).toBe(true);
    await page.mouse.up();
    await page.waitForURL(/from=\d+.*to=\d+/);
    const [from, to] = ["from", "to"].map((end) => Number(new URL(page.url()).searchParams.get(end)));
    expect(from).toBeGreaterThan(0);
    expect(to).toBeGreaterThan(from as number);
    await page.click("text=All of it");
    await page.waitForURL((url) => !url.searchParams.has("from") && !url.searchParams.has("to"));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("draws reference levels until they are switched off, in the chart's files too", async () => {
    const { page } = await visit(opened, "/curve?experiment=demo");
    await page.uncheck("label:has-text('reference levels') input");
    await page.waitForURL(/levels=off/);
    const link = await page.getAttribute("a[aria-label='this chart as csv']", "href");
    expect(await (await page.request.get(opened.url + link)).text()).not.toContain("real text");
    await page.check("label:has-text('reference levels') input");
    await page.waitForURL((url) => !url.searchParams.has("levels"));
    await page.context().close();
  });

  it("goes from a run's evaluation back to its point on the curve", async () => {
    const { page, complaints } = await visit(opened, views.run);
    await page.click("section[aria-label=evaluations] td a:text-is('16')");
    await page.waitForSelector("canvas[data-drawn]");
    expect(page.url()).toMatch(/\/curve\?.*steps=16/);
    expect(await page.textContent(".words-box")).toMatch(/^At steps/);
    expect(await page.locator("main .notice.error").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("plays a sample back step by step", async () => {
    const { page } = await visit(opened, "/curve?experiment=experiment-01");
    await page.click("section[aria-label^=gen-ppl] tbody button");
    expect(await page.isChecked(".sample input[type=checkbox]")).toBe(true);
    await page.locator(".player input").first().focus();
    await page.keyboard.press("Home");
    expect(await page.textContent(".player")).toContain("step 0 of 4");
    const tokens = page.locator(".tokens").first();
    const masked = await tokens.locator(".masked").count();
    expect(masked).toBe(await tokens.locator("span").count());
    await page.keyboard.press("ArrowRight");
    expect(await tokens.locator(".masked").count()).toBeLessThan(masked);
    await page.getByRole("button", { name: "Play", exact: true }).first().click();
    await expect.poll(() => page.textContent(".player"), { timeout: 15_000 }).toContain("step 4 of 4");
    expect(await tokens.locator(".masked").count()).toBe(0);
    await page.uncheck(".sample input[type=checkbox] >> nth=0");
    expect(await page.locator(".sample").first().locator("pre").count()).toBe(1);
    await page.context().close();
  });

  it("forecasts what one run was measured by and another was not where it is asked to, under that name alone", async () => {
    const { page, complaints } = await visit(opened, views.compare);
    expect(await page.locator(".forecast").count()).toBe(0);
    await page.check("label:has-text('forecasts of figures') input");
    await page.waitForURL(/forecasts=on/);
    await page.waitForSelector(
      "section[aria-label='what was not run'] .forecast, section[aria-label='what was not run'] .notice",
    );
    const cells = await page.locator(".forecast").allTextContents();
    for (const cell of cells) expect(cell).toMatch(/^forecast \d/);
    expect(await page.locator("section[aria-label='paired differences'] .forecast").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("votes in a blind test by keyboard alone, and says whose they were at the end", async () => {
    const { page, complaints } = await visit(opened, "/blind?experiment=demo");
    await page.fill("input", "ann");
    await page.keyboard.press("Enter");
    for (const [i, key] of ["ArrowLeft", "ArrowRight", "ArrowDown"].entries()) {
      await page.waitForSelector(`text=${i} of 3 pairs`);
      await page.keyboard.press(key);
    }
    await page.waitForSelector("text=3 of 3 pairs");
    await page.waitForSelector("text=/was preferred to|Nobody has preferred/");
    await page.goto(`${opened.url}/meeting?experiment=demo`);
    await page.waitForSelector("text=exact binomial interval");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("keeps a note with its verdict, written by keyboard alone, and shows it as Markdown", async () => {
    const { page, complaints } = await visit(opened, views.meeting);
    await page.focus("textarea");
    await page.keyboard.type("It **helped** <img src=x onerror=alert(1)>");
    await page.keyboard.press("Tab");
    await page.keyboard.press("b");
    await page.keyboard.press("Tab");
    await page.keyboard.type("ann");
    await page.keyboard.press("Enter");
    await page.waitForSelector("article.note strong");
    expect(await page.textContent("article.note")).toMatch(
      /better[\s\S]*ann[\s\S]*It helped <img src=x onerror=alert\(1\)>/,
    );
    await page.click("article.note button:text-is('change it')");
    await page.focus("article.note textarea");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("It helped *a little*");
    await page.click("article.note button[type=submit]");
    await page.waitForSelector("article.note em");
    expect(await seriousFindings(page)).toEqual([]);
    await page.click("article.note summary");
    expect(await page.textContent("article.note details")).toMatch(/changed by ann[\s\S]*It \*\*helped\*\*/);
    expect(await page.locator("main img").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.goto(`${opened.url}/`);
    await page.waitForSelector("text=better (2026-W47)");
    await page.context().close();
  });

  it("freezes a meeting by keyboard alone, and shows what it saw after something was changed", async () => {
    const { page, complaints } = await visit(opened, "/meeting?experiment=demo");
    const answer = "section[aria-label='the answer']";
    const before = await page.textContent(answer);
    await page.focus("form:has(button:text-is('Freeze what this meeting saw')) input");
    await page.keyboard.type("ann");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=Frozen: it is in the list of weeks.");
    const store = openStore(opened.path);
    for (const row of store.evaluations({ experiment: "demo", round: 2 })) {
      store.saveEvaluation({ ...row, value: 2 * row.value });
    }
    store.close();
    await page.reload();
    await page.waitForSelector(answer);
    await expect.poll(() => page.textContent(answer)).not.toBe(before);
    await page.click("section[aria-label=weeks] td a");
    await page.waitForSelector("text=What this meeting saw, whatever has changed since.");
    await page.waitForSelector("canvas[data-drawn]");
    expect(await page.textContent(answer)).toBe(before);
    expect(await seriousFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await overflow(page)).toBe(0);
    expect(complaints).toEqual([]);
    const back = openStore(opened.path);
    for (const row of back.evaluations({ experiment: "demo", round: 2 })) {
      back.saveEvaluation({ ...row, value: row.value / 2 });
    }
    back.close();
    await page.context().close();
  });

  it("shows what another process writes, without being loaded again", async () => {
    const { page } = await visit(opened, "/runs?filter=id:new");
    await page.waitForSelector("text=No run is left");
    const store = openStore(opened.path);
    const [run] = store.runs();
    if (run === undefined) throw new Error("no run");
    store.startRun({ ...run, id: "new-run" });
    store.close();
    await page.waitForSelector("a:has-text('new-run')");
    await page.context().close();
  });

  it("answers from home, in one click, which student is ahead at matched entropy and whether to believe it", async () => {
    const { page } = await visit(opened, "/?since=2025-01-01");
    await page.click("section[aria-label='what students come to'] a:has-text('experiment-01')");
    await page.waitForSelector("canvas[data-drawn]");
    expect(await page.textContent(".words-box")).toMatch(
      /^At steps.*At 4 steps lr = 0\.\d+, round \d is .* times .* as good as a teacher sharpened to its entropy: .*Its teacher needs .* steps for the same text/,
    );
    await page.context().close();
  });
});
