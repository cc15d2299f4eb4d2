/**
 * @file Self-BLEU and MAUVE against values stored in `packages/eval/fixtures`; each file says which oracle gave them.
 *
 * K-means is started often enough that both find the best clusters there are, so that its random starts do not matter.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { histogramsOf, mauve, mauveOfHistograms } from "./mauve.js";
import { selfBleu, selfBleuEach } from "./selfBleu.js";

function stored<T>(name: string): T {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)), "utf8"));
}

const bleu = stored<{ texts: string[]; bleu: number[]; selfBleu: number }>("self-bleu.json");

interface Case {
  readonly name: string;
  readonly clusters: number;
  readonly scaling: number;
  readonly p: number[];
  readonly q: number[];
  readonly mauve: number;
  readonly hundredths: { readonly p: number[][]; readonly q: number[][] };
}
const { cases } = stored<{ cases: Case[] }>("mauve.json");

describe("self-BLEU", () => {
  it("is NLTK's, text by text and on average", () => {
    const found = selfBleuEach(bleu.texts);
    expect(found).toHaveLength(bleu.bleu.length);
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(bleu.bleu[i] as number, 12);
    });
    expect(selfBleu(bleu.texts).value).toBeCloseTo(bleu.selfBleu, 12);
  });
});

describe("MAUVE of stored features", () => {
  const features = (rows: readonly number[][]) => rows.map((row) => row.map((x) => x / 100));

  it.each(cases.map((one) => [one.name, one] as const))("is the reference's: %s", (_, one) => {
    const [p, q] = [features(one.hundredths.p), features(one.hundredths.q)];
    const options = { clusters: one.clusters, scaling: one.scaling, starts: 60 };
    const found = histogramsOf(q, p, { ...options, seed: 1 });
    const pairs = (ours: readonly number[], theirs: readonly number[]) =>
      ours.map((share, i) => `${share.toFixed(6)} ${(theirs[i] as number).toFixed(6)}`).sort();
    expect(pairs(found.ours, found.theirs)).toEqual(pairs(one.q, one.p));
    expect(Math.abs(mauve(q, p, { ...options, seeds: [1, 2] }).value - one.mauve)).toBeLessThan(1e-3);
  });

  it("follows the histograms: the scale is part of the figure", () => {
    for (const { p, q, scaling, mauve: value } of cases) {
      expect(mauveOfHistograms(p, q, scaling)).toBeCloseTo(value, 9);
      expect(Math.abs(mauveOfHistograms(p, q, scaling + 1) - value)).toBeGreaterThan(1e-3);
    }
  });
});
