import { AxeBuilder } from "@axe-core/playwright";
import { openStore } from "@sdtt/core/store";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../generate/drawn.js";
import { type Opened, openPage, overflow, settled, visit, whyNot } from "./chromium.fixture.js";

const chain = "experiment-01/lr-0.001-seed-1";
const views = {
  home: "/?since=2025-01-01",
  quality: "/curve?experiment=demo&temperatures=all",
  entropy: "/curve?experiment=experiment-01&plane=entropy&temperatures=all",
  odd: "/curve?experiment=odd",
  leaderboard: "/leaderboard?experiment=demo&columns=gain@8,gen-ppl@8,entropy@8,round",
  "leaderboard of all, a config key against a result": "/leaderboard?x=lr&y=gen-ppl@8&sort=gen-ppl@8",
  compare: `/compare?run=${chain}/round-1&run=${chain}/round-2`,
  "what was not run": `/compare?run=${chain}/round-1&run=${chain}/round-2&forecasts=on`,
  samplers: "/samplers?experiment=demo",
  runs: `/runs?filter=stage:round seed:1&columns=lr&run=${chain}/round-1`,
  run: `/run?id=${chain}/round-2&along=tokens&smooth=0.9`,
  rounds: "/curve?experiment=experiment-01&x=round&by=lr",
  accuracy: "/curve?experiment=experiment-01&measure=last-word-accuracy@2",
  sweep: "/sweeps?experiment=demo",
  "training runs as a sweep": "/sweeps?experiment=experiment-01&slice=lr",
  meeting: "/meeting?experiment=demo&week=2026-W47",
  playground: "/playground",
  "blind test": "/blind?experiment=experiment-01&by=ann",
};

const misunderstood: readonly (readonly [path: string, why: RegExp])[] = [
  ["/runs?colour=red", /“colour”, which this view does not know/],
  ["/nowhere", /There is no view \/nowhere/],
  ["/?since=soon", /the address's since: .* got "soon"/],
  ["/curve?experiment=none", /the experiment must be in the store, got none/],
  ["/curve?experiment=demo&measure=none", /the measure must be one that the experiment "demo" has, got none/],
  ["/curve?experiment=demo&x=up", /the address's x: .* got "up"/],
  ["/curve?experiment=demo&by=none", /lines must be by a key of demo's runs, got none/],
  ["/curve?experiment=demo&rounds=one", /the address's rounds/],
  ["/curve?experiment=demo&temperatures=2", /the address's temperatures: .* got "2"/],
  ["/curve?experiment=demo&steps=5", /Nothing was measured at 5 steps/],
  ["/curve?experiment=demo&plane=mirror", /“mirror” is none of the planes/],
  ["/curve?experiment=demo&open=none", /the key must be an evaluation's, got none/],
  ["/leaderboard?columns=speed", /a column must be a result or a config key, got speed/],
  ["/leaderboard?filter=speed>1", /a field must be one that some run has, got speed/],
  ["/leaderboard?colour=red", /“colour”, which this view does not know/],
  ["/compare?run=none", /each run must be in the store, got none/],
  ["/compare?run=demo&run=text&forecasts=all", /“all” is no choice of forecasts/],
  ["/samplers?experiment=demo&cost=money", /“money” is no cost of a sample/],
  ["/samplers?experiment=odd", /Nothing here was drawn by another sampler than ancestral steps/],
  ["/compare?run=demo&sample=none", /asks for samples that none of these runs has/],
  ["/runs?filter=nothing:1", /a field must be one that some run has/],
  ["/runs?sort=nothing", /sort must name a field of the runs/],
  ["/runs?offset=-1", /the address's offset/],
  ["/runs?columns=nothing", /“nothing” is no config key of these runs/],
  ["/runs?archived=maybe", /the address's archived/],
  ["/runs?run=demo&quantity=speed", /asks for a quantity that is not kept/],
  ["/runs?run=demo&from=soon", /or for an axis, a smoothing or a part that there is not/],
  ["/curve?experiment=demo&levels=some", /“some” is no choice of levels/],
  ["/run", /The address names no run/],
  ["/run?id=none", /the run must be in the store, got none/],
  ["/sweeps?experiment=demo&steps=5", /steps must be a step count that was judged, got 5/],
  ["/sweeps?experiment=demo&row=nothing", /“nothing” is no axis of this sweep/],
  ["/sweeps?experiment=demo&slice=nothing", /“nothing” is no axis of this sweep/],
  ["/meeting?week=2026-W99", /“2026-W99” is no week such as 2026-W47/],
];

let opened: Opened;

async function seriousFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

/** Numbers everything that Tab must reach, in the order of the page, and gives the names. */
const listControls = `[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter((element) => !element.disabled && element.getClientRects().length > 0 && element.checkVisibility())
  .map((element, i) => {
    element.dataset.tab = i;
    const labels = [...(element.labels ?? [])].map(({ textContent }) => textContent);
    return (element.ariaLabel ?? "") + labels.join("") + element.textContent.trim();
  })`;

/** Clicks the button of that label and names every element whose style is on its way in the same instant. */
const fadesAfterClick = (page: Page, label: string) =>
  page.evaluate(`(() => {
    [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "${label}").click();
    return document.getAnimations().map(({ effect }) => effect.target.outerHTML.slice(0, 80));
  })()`);

describe.skipIf(chromiumPath === undefined)(`the page in Chromium (${whyNot})`, () => {
  beforeAll(async () => {
    opened = await openPage();
  });
  afterAll(() => opened.close());

  it.each(Object.entries(views))(
    "shows %s in both themes, on a projector and a phone, without a serious finding",
    async (_, path) => {
      const { page, complaints } = await visit(opened, path);
      expect(await seriousFindings(page)).toEqual([]);
      await page.click("text=Dark");
      expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
      expect(await seriousFindings(page)).toEqual([]);
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 800 });
        expect([width, await overflow(page)]).toEqual([width, 0]);
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  it("changes every colour at once with the theme, because text that fades across its background cannot be read", async () => {
    const { page } = await visit(opened, views.runs);
    for (const label of ["Dark", "Light"]) {
      await page.waitForSelector(`button:text-is("${label}")`);
      expect(await fadesAfterClick(page, label)).toEqual([]);
      expect(await page.evaluate("document.documentElement.dataset.theme")).toBe(label.toLowerCase());
    }
    await page.context().close();
  });

  it.each(Object.entries(views))(
    "reaches every control of %s by keyboard alone, in order, each with a name",
    async (_, path) => {
      const { page } = await visit(opened, path);
      const expected = (await page.evaluate(listControls)) as string[];
      const last = String(expected.length - 1);
      const reached: string[] = [];
      for (let tabs = 0; reached.at(-1) !== last && tabs < expected.length + 10; tabs++) {
        await page.keyboard.press("Tab");
        const at = (await page.evaluate("document.activeElement.dataset.tab ?? 'lost'")) as string;
        // A date takes several: day, month, year.
        if (reached.at(-1) !== at) reached.push(at);
      }
      expect(reached).toEqual(expected.map((_, i) => String(i)));
      expect(expected.filter((name) => name === "")).toEqual([]);
      await page.context().close();
    },
  );

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

  it("offers each chart as SVG, PNG and CSV", async () => {
    for (const path of [views.quality, views.entropy, views.run, views.sweep, views.accuracy, views.samplers]) {
      const { page } = await visit(opened, path);
      for (const format of ["svg", "png", "csv"]) {
        const link = await page.getAttribute(`a[aria-label="this chart as ${format}"]`, "href");
        const answer = await page.request.get(opened.url + link);
        expect([path, format, answer.status()]).toEqual([path, format, 200]);
        expect((await answer.body()).length).toBeGreaterThan(50);
      }
      await page.context().close();
    }
  });

  it("explains whatever it does not understand of an address", async () => {
    const { page } = await visit(opened, "/");
    for (const [path, why] of misunderstood) {
      await page.goto(opened.url + path);
      const notices = () => page.locator("main .notice").allTextContents();
      await expect.poll(notices, { message: path, timeout: 10_000 }).toContainEqual(expect.stringMatching(why));
    }
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

  it("says times on the reader's clock, with the name of its zone", async () => {
    const told = async (zone: string) => {
      const { page } = await visit(opened, views.run, zone);
      const time = page.locator("p.facts time").first();
      const [at, text] = [await time.getAttribute("datetime"), await time.textContent()];
      await page.context().close();
      return { at: at as string, text };
    };
    const [utc, tokyo] = [await told("UTC"), await told("Asia/Tokyo")];
    const written = (at: number) => new Date(at).toISOString().slice(0, 16).replace("T", " ");
    expect(utc.text).toBe(`${written(Date.parse(utc.at))} UTC`);
    expect(tokyo.text).toBe(`${written(Date.parse(tokyo.at) + 9 * 3_600_000)} GMT+9`);
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

  it("goes from view to view without loading the page again, and back", async () => {
    const { page } = await visit(opened, "/");
    await page.evaluate("globalThis.isSame = true");
    for (const title of ["Quality", "Leaderboard", "Compare", "Runs", "Sweeps", "Meeting", "Playground"]) {
      await page.click(`nav >> text=${title}`);
      await settled(page);
      expect(await page.title()).toContain(title);
    }
    await page.goBack();
    expect(page.url()).toContain("/meeting");
    expect(await page.evaluate("globalThis.isSame")).toBe(true);
    await page.context().close();
  });
});
