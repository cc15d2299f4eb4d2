/**
 * @file Wherever “better” is said, it is said of the comparison at one entropy: answers of the page's server and its frozen
 * report on students that are sharper than their teacher, and every text of page, terminal and reports in the sources.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import { createApp, openStores } from "@sdtt/dashboard";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repository } from "../programs.js";
import { addTrained, judged } from "./threeSeeds.fixture.js";

const praise = /\b(better|best|worse|worst|ahead|improve[sd]?)\b/i;

describe("students of half their teacher's gen-PPL", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "words-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Three seeds at 180 / 4.4; the teacher at 400 / 5 and, sharpened, at 100 / 4: 174 at their entropy. */
  function answers(temperatures: readonly number[]) {
    const path = join(folder, "sdtt.sqlite");
    const store = openStore(path);
    for (const seed of [1, 2, 3]) {
      addTrained(store, seed);
      for (const temperature of temperatures) {
        const [value, entropy] = temperature === 1 ? [400, 5] : [100, 4];
        judged(store, { round: 0, seed, temperature, value, entropy });
      }
      judged(store, { round: 1, seed, value: 179 + seed, entropy: 4.4 });
    }
    store.close();
    const stores = openStores([path]);
    const ask = async (path: string) => {
      const answer = await createApp(stores, new Map()).request(`http://localhost/api/${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
      return answer.text();
    };
    return { ask, close: () => stores.close() };
  }
  const routes = [
    "home",
    "curve?experiment=default",
    "leaderboard?experiment=default",
    "sweep?experiment=default",
    "compare?run=r0-1-1&run=r1-1-1",
  ];
  /** What a frozen report says whatever the figures are. */
  const explained = [/<p>Quality against entropy: [^<]*<\/p>/g, /alt="[^"]*"/g, /<caption>[^<]*<\/caption>/g];
  const words = (html: string) => explained.reduce((text, pattern) => text.replace(pattern, ""), html);

  it("are called nothing where their teacher's temperatures are not known, by no answer and no report", async () => {
    const { ask, close } = answers([1]);
    for (const route of routes) {
      const text = await ask(route);
      expect([route, praise.exec(text)?.[0], /"verdict":"/.test(text)]).toEqual([route, undefined, false]);
    }
    const report = words(await ask("report.html?experiment=default"));
    expect(praise.exec(report.slice(report.indexOf("<body>")))?.[0]).toBeUndefined();
    expect(report).toContain("no student can be held against a teacher of its entropy");
    close();
  });

  it("are called worse, or not told apart, where a temperature does as much", async () => {
    const { ask, close } = answers([1, 0.8]);
    const home = JSON.parse(await ask("home"));
    expect(home.news.map(({ verdict }: { verdict: string }) => verdict)).toEqual(["worse"]);
    for (const route of routes.slice(0, 4)) expect(await ask(route)).not.toMatch(/"verdict":"better"/);
    const compared = JSON.parse(await ask("compare?run=r0-1-1&run=r1-1-1"));
    expect(JSON.stringify(compared.differences)).not.toContain('"isTold":true');
    const report = words(await ask("report.html?experiment=default"));
    expect(report).toMatch(
      /round 1 is 0\.9\d+ times \[[^\]]*\] \(n = 3\) as good as a teacher sharpened to its entropy: worse than sharpening/,
    );
    expect(report).toContain("by itself that says nothing");
    close();
  });
});

/** Lines of a source without its comments. */
function linesOf(path: string): string[] {
  const text = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""));
  return text.split("\n").map((line) => line.replace(/(^|\s)\/\/.*$/, ""));
}

function sourcesIn(folder: string): string[] {
  const names = readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" });
  const isSource = (name: string) => /\.tsx?$/.test(name) && !/\.(test|fixture)\.ts$|generate\//.test(name);
  return names.filter(isSource).map((name) => join(folder, name));
}

describe("texts of page, terminal and reports", () => {
  /** A word of praise in a quoted sentence, or in text between tags; what is filled in is no text. */
  const quoted = /["'`][^"'`]*( (better|best|worse)\b|\b(better|best|worse) )[^"'`]*["'`]/;
  const between = /^\s*[A-Za-z“][^"'`=;(){}]*\b(better|best|worse)\b/;
  const isSaid = (path: string, line: string) =>
    quoted.test(line.replace(/\$\{[^}]*\}/g, "…")) || (path.endsWith(".tsx") && between.test(line));
  const allowed = [
    /entropy|sharpen/i,
    // Of what has no better way, and of figures that mislead.
    /neither way/i,
    /look better than it is|better than text is not better/,
    /stopping must .* better way/,
  ];

  it("say better and worse of the comparison at one entropy only, or say why not", () => {
    const folders = ["packages/dashboard/src", "packages/eval/src/findings", "packages/eval/src/report"];
    const all = [
      ...folders,
      "packages/eval/src/commands",
      "packages/distill/src",
      "experiments/src/sweep",
      "experiments/src/default",
    ];
    const found = all.flatMap(sourcesIn).flatMap((path) => {
      const lines = linesOf(join(repository, path));
      return lines.flatMap((line, i) =>
        isSaid(path, line) ? [{ path, line: line.trim(), i, near: lines.slice(i - 1, i + 2).join(" ") }] : [],
      );
    });
    expect(found.length).toBeGreaterThan(8);
    const unmatched = found.filter(({ near }) => !allowed.some((pattern) => pattern.test(near)));
    expect(unmatched.map(({ path, line }) => `${path}: ${line}`)).toEqual([]);
  });
});
