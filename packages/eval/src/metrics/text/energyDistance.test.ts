/** @file Energy distance against its definition pair by pair, by hand, and on rows of known laws. */
import { randomStream } from "@sdtt/core/base";
import { describe, expect, it } from "vitest";
import { energyDistance, referenceOf, rowsOf } from "./energyDistance.metric.js";

const V = 5;

function hellinger(a: readonly number[], b: readonly number[]): number {
  const share = (row: readonly number[], v: number) => row.filter((token) => token === v).length / row.length;
  let squares = 0;
  for (let v = 0; v < V; v++) squares += (Math.sqrt(share(a, v)) - Math.sqrt(share(b, v))) ** 2;
  return Math.sqrt(squares / 2);
}

/** By its definition, each pair on its own. */
function byPairs(samples: readonly number[][], reference: readonly number[][]): number {
  const meanOf = (as: readonly number[][], bs: readonly number[][], isPair: (i: number, j: number) => boolean) => {
    const all = as.flatMap((a, i) => bs.flatMap((b, j) => (isPair(i, j) ? [hellinger(a, b)] : [])));
    return all.reduce((total, x) => total + x, 0) / all.length;
  };
  const other = (i: number, j: number) => i !== j;
  return (
    2 * meanOf(samples, reference, () => true) - meanOf(samples, samples, other) - meanOf(reference, reference, other)
  );
}

/** Rows of 12 tokens, each drawn by weights that are the same for all rows. */
function drawn(name: string, count: number, weights: readonly number[]): number[][] {
  const random = randomStream(3, "energy", name);
  const total = weights.reduce((a, b) => a + b, 0);
  return Array.from({ length: count }, () =>
    Array.from({ length: 12 }, () => {
      const u = random.uniform() * total;
      return weights.findIndex((_, token) => u < weights.slice(0, token + 1).reduce((a, b) => a + b, 0));
    }),
  );
}
const even = [1, 1, 1, 1, 1];
const uneven = [4, 2, 1, 1, 1];

describe("energy distance", () => {
  it("is its definition, pair by pair, and its error that of leaving each sample out", () => {
    const [samples, reference] = [drawn("a", 9, even), drawn("b", 14, uneven)];
    const { value, stderr } = energyDistance(samples, referenceOf(reference));
    expect(value).toBeCloseTo(byPairs(samples, reference), 12);
    const without = samples.map((_, i) =>
      byPairs(
        samples.filter((_, j) => j !== i),
        reference,
      ),
    );
    const centre = without.reduce((a, b) => a + b, 0) / 9;
    const squares = without.reduce((total, x) => total + (x - centre) ** 2, 0);
    expect(stderr).toBeCloseTo(Math.sqrt((8 / 9) * squares), 12);
  });

  it("is 2 of rows that share no token with any of the reference, where all of a set are alike", () => {
    const rows = (token: number) => [
      [token, token],
      [token, token],
      [token, token],
    ];
    expect(energyDistance(rows(1), referenceOf(rows(2))).value).toBeCloseTo(2, 12);
    expect(energyDistance(rows(1), referenceOf(rows(1))).value).toBeCloseTo(0, 12);
  });

  it("is 0 on average between sets of one law, and not of another", () => {
    const means = [even, uneven].map((weights) => {
      const all = Array.from({ length: 40 }, (_, i) =>
        energyDistance(drawn(`x${i}`, 16, even), referenceOf(drawn(`y${i}`, 16, weights))),
      );
      const mean = all.reduce((total, { value }) => total + value, 0) / all.length;
      const spread = Math.sqrt(all.reduce((total, { value }) => total + (value - mean) ** 2, 0) / (39 * 40));
      return { mean, spread };
    });
    const [same, other] = means as [(typeof means)[0], (typeof means)[0]];
    expect(Math.abs(same.mean)).toBeLessThan(3 * same.spread);
    expect(other.mean).toBeGreaterThan(5 * other.spread);
  });

  it("is NaN of one row", () => {
    expect(energyDistance([[1]], referenceOf(drawn("b", 3, even))).value).toBeNaN();
  });
});

describe("rows of the training text", () => {
  const text = (pieces: readonly number[][]) => ({ pieces: () => pieces });

  it("run over its pieces, and leave out what is no whole row", () => {
    expect(
      rowsOf(
        text([
          [1, 2, 3],
          [4, 5],
          [6, 7],
        ]),
        2,
      ),
    ).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });

  it("are 512 to 1 024 and evenly spread where it has more", () => {
    const rows = rowsOf(text([Array.from({ length: 5000 }, (_, i) => i)]), 1).map(([token]) => token as number);
    expect(rows.length).toBeGreaterThanOrEqual(512);
    expect(rows.length).toBeLessThan(1024);
    expect(new Set(rows.slice(1).map((token, i) => token - (rows[i] as number)))).toEqual(new Set([8]));
    expect(rows[0]).toBe(0);
  });
});
