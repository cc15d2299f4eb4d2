/**
 * @file Self-BLEU and MAUVE against values stored in `packages/eval/fixtures`; each file says which oracle gave them.
 *
 * In the cases k-means is started often enough that both find the best clusters there are, so that its random starts do
 * not matter; with as few starts as the figure has by default, the two agree on average over seeds.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { randomStream } from "@sdtt/core/base";
import { describe, expect, it } from "vitest";
import { histogramsOf, mauve, mauveOfHistograms } from "./mauve.js";
import { selfBleu, selfBleuEach } from "./selfBleu.metric.js";

function stored<T>(name: string): T {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url)), "utf8"));
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
/** The authors' figure over seeds of their clustering. */
interface Law {
  readonly name: string;
  readonly mean: number;
  readonly stderr: number;
}
const { cases, law } = stored<{ cases: Case[]; law: Law[] }>("mauve.json");

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

  it.each(cases.map((one) => [one.name, one] as const))("is the authors' own: %s", (_, one) => {
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

describe("MAUVE with the authors' defaults", () => {
  const dimensions = 32;
  const centres = randomStream(11, "centres").normals(30 * dimensions);
  /** n texts about 30 centres, the first of them the likelier the larger `favoured` is. */
  function drawn(key: string, n: number, favoured: number): Float32Array[] {
    const random = randomStream(11, key);
    const labels = Array.from(random.uniforms(n), (u) => Math.floor(30 * u ** favoured));
    const noise = random.normals(n * dimensions);
    const at = (label: number, i: number, d: number) =>
      (centres[dimensions * label + d] as number) + 0.7 * (noise[dimensions * i + d] as number);
    return labels.map((label, i) => Float32Array.from({ length: dimensions }, (_, d) => at(label, i, d)));
  }
  const human = drawn("p", 240, 1);
  const others = { q: drawn("q", 240, 1.3), near: drawn("near", 240, 1), long: drawn("long", 400, 1.6) };
  const seeds = Array.from({ length: 40 }, (_, seed) => seed);

  it.each(law.map((one) => [one.name, one] as const))("has their mean over 40 seeds: %s", (name, theirs) => {
    const ours = mauve(others[name as keyof typeof others], human, { seeds });
    expect(Math.abs(ours.value - theirs.mean)).toBeLessThan(3 * Math.hypot(ours.stderr, theirs.stderr));
    expect(ours.stderr).toBeLessThan(2 * theirs.stderr);
    for (const other of law.filter((one) => one.name !== name && Math.abs(one.mean - theirs.mean) > 0.02)) {
      expect(Math.abs(ours.value - other.mean)).toBeGreaterThan(3 * Math.hypot(ours.stderr, other.stderr));
    }
  });
});
