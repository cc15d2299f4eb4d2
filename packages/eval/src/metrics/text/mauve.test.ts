/** @file MAUVE against closed forms and against the formula worked out independently, and its clusters against known ones. */
import { randomStream } from "@sdtt/core/base";
import { describe, expect, it } from "vitest";
import { divergenceCurve, histogramsOf, klDivergence, mauve, mauveOfHistograms } from "./mauve.js";

/** ∫ of the piecewise linear curve, from the definition, in one loop and with the weights spelled out. */
function byFormula(p: number[], q: number[], c = 5): number {
  const xs = [1];
  const ys = [0];
  for (let k = 0; k <= 24; k++) {
    const w = 1e-6 * (1 - k / 24) + (1 - 1e-6) * (k / 24);
    let [qr, pr] = [0, 0];
    for (let i = 0; i < p.length; i++) {
      const r = w * (p[i] as number) + (1 - w) * (q[i] as number);
      if (q[i] !== 0) qr += (q[i] as number) * (Math.log(q[i] as number) - Math.log(r));
      if (p[i] !== 0) pr += (p[i] as number) * (Math.log(p[i] as number) - Math.log(r));
    }
    xs.push(Math.E ** (-c * qr));
    ys.push(Math.E ** (-c * pr));
  }
  xs.push(0);
  ys.push(1);
  const trapezia = (x: number[], y: number[]) =>
    Math.abs(
      x
        .slice(1)
        .reduce((sum, one, i) => sum + (one - (x[i] as number)) * ((y[i] as number) + (y[i + 1] as number)), 0) / 2,
    );
  return (trapezia(xs, ys) + trapezia(ys, xs)) / 2;
}

describe("MAUVE of histograms", () => {
  it("is 1 for equal ones", () => {
    expect(mauveOfHistograms([0.2, 0.3, 0.5], [0.2, 0.3, 0.5])).toBeCloseTo(1, 9);
  });

  it("of disjoint ones is the area under x = wᶜ′, y = (1 − w)ᶜ: KL(q‖r) = −ln(1 − w), KL(p‖r) = −ln w", () => {
    const curve = divergenceCurve([1, 0], [0, 1]);
    for (const [k, [x, y]] of curve.slice(1, -1).entries()) {
      const w = 1e-6 + (k / 24) * (1 - 2e-6);
      expect(x).toBeCloseTo((1 - w) ** 5, 9);
      expect(y).toBeCloseTo(w ** 5, 9);
    }
    // ∫ y dx with x = (1 − w)⁵ is 5·B(6, 5) = 5·5!·4!/10! = 0.003968; 25 points overestimate a little.
    expect(mauveOfHistograms([1, 0], [0, 1])).toBeCloseTo(0.003968, 3);
  });

  it("is the authors' formula on any histograms, and symmetric", () => {
    for (let i = 0; i < 10; i++) {
      const draw = (key: string) => {
        const masses = Array.from(randomStream(i, key).uniforms(7), (u) => (u < 0.2 ? 0 : u));
        return masses.map((mass) => mass / masses.reduce((sum, x) => sum + x));
      };
      const [p, q] = [draw("p"), draw("q")];
      expect(mauveOfHistograms(p, q)).toBeCloseTo(byFormula(p, q), 9);
      expect(mauveOfHistograms(p, q)).toBeCloseTo(mauveOfHistograms(q, p), 9);
    }
  });

  it("uses a divergence that is infinite where q has no mass and p has, and 0·ln 0 = 0", () => {
    expect(klDivergence([1, 0], [0.5, 0.5])).toBeCloseTo(Math.LN2);
    expect(klDivergence([0.5, 0.5], [1, 0])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("MAUVE of features", () => {
  /** n texts about six far directions in 12 dimensions, by these shares. */
  function features(shares: readonly number[], n: number, key: string): Float32Array[] {
    const noise = randomStream(5, key).normals(12 * n);
    let taken = 0;
    const labels = shares.flatMap((share, label) => Array<number>(Math.round(share * n)).fill(label));
    return labels.map((label) =>
      Float32Array.from({ length: 12 }, (_, d) => (d === label ? 8 : 0) + 0.05 * (noise[taken++] as number)),
    );
  }
  const [p, q] = [
    [0.3, 0.3, 0.1, 0.1, 0.1, 0.1],
    [0.1, 0.1, 0.2, 0.2, 0.2, 0.2],
  ];

  it("finds clusters that are there, and gives the MAUVE of their shares", () => {
    const [ours, theirs] = [features(p, 100, "p"), features(q, 100, "q")];
    const found = histogramsOf(ours, theirs, { seed: 1, clusters: 6, starts: 20 });
    expect([...found.ours].sort()).toEqual([...p].sort());
    expect(mauve(ours, theirs, { seeds: [1, 2], clusters: 6, starts: 20 }).value).toBeCloseTo(byFormula(q, p), 6);
  });

  it("is near 1 for two sets of one law, lower for two laws, and the same each time", () => {
    const value = (other: readonly number[]) =>
      mauve(features(p, 100, "a"), features(other, 100, "b"), { seeds: [1, 2, 3] }).value;
    expect(value(p)).toBeGreaterThan(0.85);
    expect(value(q)).toBeLessThan(value(p) - 0.2);
    expect(value(q)).toBe(value(q));
  });

  it("refuses too few texts", () => {
    expect(() => mauve(features(p, 10, "a"), features(q, 100, "b"), { seeds: [1] })).toThrow(
      "mauve: there must be 20 texts or more of each, got 10",
    );
  });
});
