import { describe, expect, it } from "vitest";
import { exactInterval, incompleteBeta, shareInterval } from "./proportion.js";

/** P(X ≤ hits) of n trials, added up. */
function sumOf(hits: number, n: number, p: number): number {
  let [term, sum] = [(1 - p) ** n, (1 - p) ** n];
  for (let k = 1; k <= hits; k++) {
    term *= (((n - k + 1) / k) * p) / (1 - p);
    sum += term;
  }
  return sum;
}

describe("the incomplete beta function", () => {
  it("is the sum of a binomial's terms", () => {
    for (const [hits, n, p] of [
      [0, 10, 0.1],
      [3, 20, 0.3],
      [40, 60, 0.7],
      [2, 5153, 4e-4],
    ] as const)
      expect(1 - incompleteBeta(p, hits + 1, n - hits)).toBeCloseTo(sumOf(hits, n, p), 10);
  });

  it("has the closed forms of one: x^a and 1 − (1 − x)^b", () => {
    expect(incompleteBeta(0.3, 2.5, 1)).toBeCloseTo(0.3 ** 2.5, 12);
    expect(incompleteBeta(0.3, 1, 7)).toBeCloseTo(1 - 0.7 ** 7, 12);
  });
});

describe("a share's interval", () => {
  it("at 0 of 5 153 reaches to 0.06 %, where the normal one has no width", () => {
    const { mean, low, high } = shareInterval(0, 5153);
    expect([mean, low]).toEqual([0, 0]);
    expect(high).toBeCloseTo(1 - 0.05 ** (1 / 5153), 12);
    expect((100 * high).toFixed(2)).toBe("0.06");
  });

  it("is as far from all as from none", () => {
    const [none, all] = [shareInterval(3, 50), shareInterval(47, 50)];
    expect([1 - all.high, 1 - all.low]).toEqual([none.low, none.high].map((end) => expect.closeTo(end, 12)));
  });

  it("puts half of what was found and all beyond it into 2.5 % at either end", () => {
    const { low, high } = shareInterval(7, 40);
    const mid = (p: number) => (sumOf(6, 40, p) + sumOf(7, 40, p)) / 2;
    expect([mid(low), mid(high)]).toEqual([expect.closeTo(0.975, 9), expect.closeTo(0.025, 9)]);
  });

  it("is the normal one where there are many of both", () => {
    const { low, high } = shareInterval(3000, 10_000);
    const half = 1.96 * Math.sqrt((0.3 * 0.7) / 10_000);
    expect([low, high]).toEqual([expect.closeTo(0.3 - half, 3), expect.closeTo(0.3 + half, 3)]);
  });
});

it("Clopper and Pearson's interval is the published one, and covers at least as often as it says", () => {
  const ends = (hits: number, n: number) =>
    [exactInterval(hits, n).low, exactInterval(hits, n).high].map((end) => Number(end.toFixed(4)));
  expect([ends(0, 10), ends(5, 10), ends(8, 10), ends(10, 10)]).toEqual([
    [0, 0.3085],
    [0.1871, 0.8129],
    [0.4439, 0.9748],
    [0.6915, 1],
  ]);
  const binomial = (hits: number, n: number, p: number) => {
    let chance = (1 - p) ** n;
    for (let i = 0; i < hits; i++) chance *= ((n - i) / (i + 1)) * (p / (1 - p));
    return chance;
  };
  for (const p of [0.03, 0.2, 0.5, 0.77]) {
    let covered = 0;
    for (let hits = 0; hits <= 20; hits++) {
      const { low, high } = exactInterval(hits, 20);
      if (low <= p && p <= high) covered += binomial(hits, 20, p);
    }
    expect(covered).toBeGreaterThanOrEqual(0.95);
  }
});
