import { describe, expect, it } from "vitest";
import { type FactorFigure, importancesOf } from "./importance.js";
import { lambdaInterval, noncentralF } from "./noncentral.js";

/** Numbers of a fixed stream, normal by Box and Muller. */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

interface Made {
  readonly a: (i: number) => number;
  readonly b?: (i: number) => number;
  readonly together?: (i: number, k: number) => number;
  readonly seeds?: number;
  readonly noise?: number;
}

/** Three values of a, two of b. */
function made(draw: () => number, { a, b = () => 0, together = () => 0, seeds = 3, noise = 1 }: Made): FactorFigure[] {
  const of = Array.from({ length: seeds }, () => 5 * draw());
  return [0, 1, 2].flatMap((i) =>
    [0, 1].flatMap((k) =>
      of.map((block, seed) => {
        const value = a(i) + b(k) + together(i, k) + block + noise * draw();
        return { at: [String(i), String(k)], seed: String(seed), value };
      }),
    ),
  );
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

describe("importance of a sweep's axes", () => {
  it("is the textbook's analysis of variance where every cell has every seed", () => {
    const figures = made(normals(1), { a: (i) => i, b: (k) => -k });
    const found = importancesOf(figures, 2);
    const [y, grand] = [figures, mean(figures.map(({ value }) => value))];
    const by = (keyOf: (f: FactorFigure) => string) => {
      const keys = [...new Set(y.map(keyOf))];
      return new Map(keys.map((key) => [key, mean(y.filter((f) => keyOf(f) === key).map(({ value }) => value))]));
    };
    const [rows, cells, seeds] = [by((f) => f.at[0] as string), by((f) => f.at.join()), by((f) => f.seed)];
    const left = y.reduce((sum, f) => {
      const fitted = (cells.get(f.at.join()) as number) + (seeds.get(f.seed) as number) - grand;
      return sum + (f.value - fitted) ** 2;
    }, 0);
    expect(found?.degrees).toBe(10);
    expect(found?.noise).toBeCloseTo(Math.sqrt(left / 10), 9);
    const squares = [...rows.values()].reduce((sum, row) => sum + 6 * (row - grand) ** 2, 0);
    const f = squares / 2 / (left / 10);
    expect(found?.axes[0]?.share.mean).toBeCloseTo((2 * (f - 1)) / (2 * (f - 1) + 18), 9);
    expect(found?.levels[0]?.map(({ effect }) => effect.mean)).toEqual(
      [...rows.values()].map((row) => expect.closeTo(row - grand, 9)),
    );
    expect(found?.levels[0]?.[0]?.effect.n).toBe(6);
  });

  it("is exact however cells are missing: axes that add are told without error where there is no noise to speak of", () => {
    const figures = made(normals(2), { a: (i) => 3 * i, b: (k) => k, noise: 1e-6 });
    const some = figures.filter(({ at, seed }) => at.join() !== "2,1" && (at.join() !== "0,0" || seed === "0"));
    const found = importancesOf(some, 2);
    expect(found?.levels[0]?.map(({ effect }) => effect.mean)).toEqual([-3, 0, 3].map((x) => expect.closeTo(x, 4)));
    expect(found?.levels[1]?.map(({ effect }) => effect.mean)).toEqual([-0.5, 0.5].map((x) => expect.closeTo(x, 4)));
    expect(found?.axes.every((one) => (one?.share.low ?? 0) > 0.99)).toBe(true);
  });

  it("covers the true share as often as it says, and calls an axis that does nothing important in one sweep of twenty", () => {
    const draw = normals(3);
    const trials = 300;
    let [covered, false_] = [0, 0];
    for (let i = 0; i < trials; i++) {
      const found = importancesOf(made(draw, { a: (k) => k - 1 }), 2);
      // λ = 18 figures · 2/3 (the variance of −1, 0, 1) over the noise of 1.
      const share = 12 / (12 + 18);
      const [a, b] = found?.axes ?? [];
      if (a && a.share.low <= share && share <= a.share.high) covered++;
      if (b && b.share.low > 0) false_++;
    }
    expect(covered / trials).toBeGreaterThan(0.91);
    expect(covered / trials).toBeLessThan(0.985);
    // Two-sided: the lower end is above 0 in 2.5 %.
    expect(false_ / trials).toBeLessThan(0.05);
  });

  it("puts what axes do only together into a row of its own", () => {
    const found = importancesOf(
      made(normals(4), { a: () => 0, together: (i, k) => (i === k ? 4 : -2), noise: 0.5 }),
      2,
    );
    expect(found?.interactions?.share.low).toBeGreaterThan(0.5);
    expect(found?.interactions?.p).toBeLessThan(0.001);
  });

  it("takes what axes do together for noise where there is one seed, and says nothing where nothing is left", () => {
    const figures = made(normals(5), { a: (i) => 5 * i, seeds: 1 });
    expect(importancesOf(figures, 2)).toMatchObject({ noiseOf: "interactions", degrees: 2, interactions: null });
    expect(
      importancesOf(
        figures.filter(({ at }) => at[1] === "0"),
        2,
      ),
    ).toBeUndefined();
    expect(importancesOf([], 2)).toBeUndefined();
  });

  it("is silent of an axis whose values never vary alone", () => {
    const figures = made(normals(6), { a: (i) => i }).map((f) => ({
      ...f,
      at: [f.at[0] as string, `with ${f.at[0]}`],
    }));
    expect(importancesOf(figures, 2)?.axes).toEqual([null, null]);
  });
});

describe("the noncentral F distribution", () => {
  it("is the central one without noncentrality, and that of simulated sums of squares with it", () => {
    // P(F ≤ 1) of (2, 10) is 1 − (1 + 2/10)^−5.
    expect(noncentralF(1, 2, 10, 0)).toBeCloseTo(1 - 1.2 ** -5, 12);
    const draw = normals(7);
    const chi = (k: number, shift: number) =>
      Array.from({ length: k }, (_, i) => (draw() + (i === 0 ? shift : 0)) ** 2).reduce((sum, x) => sum + x, 0);
    const drawn = Array.from({ length: 20_000 }, () => chi(3, 2) / 3 / (chi(8, 0) / 8));
    for (const f of [1, 2, 4]) {
      const share = drawn.filter((one) => one <= f).length / drawn.length;
      expect(Math.abs(noncentralF(f, 3, 8, 4) - share)).toBeLessThan(0.012);
    }
  });

  it("has intervals at whose ends what was found is as unlikely as they say", () => {
    const [low, high] = lambdaInterval(6, 3, 12);
    expect(noncentralF(6, 3, 12, low)).toBeCloseTo(0.975, 6);
    expect(noncentralF(6, 3, 12, high)).toBeCloseTo(0.025, 6);
    expect(lambdaInterval(0.5, 3, 12)[0]).toBe(0);
  });
});
