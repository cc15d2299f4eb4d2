import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../generate/drawn.js";
import { type Opened, openPage, overflow, settled, visit, whyNot } from "./chromium.fixture.js";
import { seriousFindings, views } from "./views.fixture.js";

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
