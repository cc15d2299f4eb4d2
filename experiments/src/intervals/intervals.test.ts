/**
 * @file Every kind of interval holds the truth 93 to 97 times of 100, on made-up data whose truth is known; those that are
 * known to be too careful, no less.
 *
 * The table stands in docs/decisions/0008-intervals.md, written from here: `UPDATE_INTERVALS=1 npx vitest run …`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markdownRows } from "@sdtt/core/cli";
import { beforeAll, expect, it } from "vitest";
import type { Coverage } from "./covered.fixture.js";
import { coverages } from "./rows.fixture.js";

const page = join(import.meta.dirname, "../../../docs/decisions/0008-intervals.md");
const [begin, end] = ["<!-- coverage: begin -->", "<!-- coverage: end -->"];
let all: Coverage[];
beforeAll(async () => {
  all = await coverages();
}, 1_800_000);

it("holds the truth 93 to 97 times of 100, of whatever kind it is", () => {
  const off = all.filter(({ covered, isCareful = false }) => {
    return Math.round(covered) < 93 || (Math.round(covered) > 97 && !isCareful);
  });
  expect(off).toEqual([]);
});

it("is documented with the coverage that it has", () => {
  const rows = all.map(({ what, covered, trials, isCareful }) => {
    return [isCareful ? `${what} (too careful)` : what, covered.toFixed(1), String(trials)];
  });
  const table = markdownRows([["interval", "holds the truth, %", "of"], ...rows]);
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (process.env.UPDATE_INTERVALS) writeFileSync(page, `${text.slice(0, from)}\n${table}\n${text.slice(to)}`);
  else expect(text.slice(from, to).trim()).toBe(table);
});
