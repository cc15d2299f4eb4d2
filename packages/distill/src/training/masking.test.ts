/**
 * @file The estimators against the bound itself, on a row so short that all its mask patterns can be listed.
 */
import { type RandomStream, randomStream, UserError } from "@sdtt/core/base";
import { uniformCounts } from "@sdtt/core/diffusion";
import { describe, expect, it } from "vitest";
import { allShares, complementTime, distinctRows, type Masked, maskBatch, maskingNames, minTime } from "./masking.js";

const [length, maskId] = [4, 9];
const text = Int32Array.of(3, 1, 4, 1);
const sets = Array.from({ length: 2 ** length }, (_, bits) =>
  Array.from({ length }, (_, i) => i).filter((i) => (bits >> i) & 1),
);

/** A made-up NLL of token i when the set is masked: anything that depends on both. */
const nll = (set: readonly number[], i: number): number =>
  0.3 + i + Math.sin(7 * i + 3 * set.length + set.reduce((a, b) => a + b * b, 0));
const nllOf = (set: readonly number[]): number => set.reduce((sum, i) => sum + nll(set, i), 0);

/** ∫ 1/q · E_S|q Σ nll dq / L for q from 0 to 1, by Simpson's rule over each set's polynomial. */
function bound(): number {
  const at = (q: number) =>
    sets.reduce((sum, set) => {
      if (set.length === 0) return sum;
      return sum + q ** (set.length - 1) * (1 - q) ** (length - set.length) * nllOf(set);
    }, 0) / length;
  const n = 2000;
  const sum = Array.from({ length: n + 1 }, (_, i) => (i === 0 || i === n ? 1 : i % 2 ? 4 : 2) * at(i / n));
  return sum.reduce((a, b) => a + b) / (3 * n);
}

/** A batch's estimate: Σ over masked tokens of weight · nll. */
function estimate({ xt, rowWeights }: Masked): number {
  let sum = 0;
  for (const [row, weight] of rowWeights.entries()) {
    const set = Array.from({ length }, (_, i) => i).filter((i) => xt[row * length + i] === maskId);
    sum += weight * nllOf(set);
  }
  return sum;
}

/** Mean and standard error of estimates of one batch of `rows` rows each. */
function estimates(name: (typeof maskingNames)[number], complementary: boolean, rows: number, draws: number) {
  const batch = new Int32Array((complementary ? rows / 2 : rows) * length);
  for (let at = 0; at < batch.length; at += length) batch.set(text, at);
  const values = Array.from({ length: draws }, (_, n) =>
    estimate(maskBatch(randomStream(n, "test"), batch, length, maskId, { name, complementary })),
  );
  const mean = values.reduce((a, b) => a + b) / draws;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws - 1);
  return { mean, variance, stderr: Math.sqrt(variance / draws) };
}

/** What the estimate is on average over all sets of each number, the numbers counting as they come at 10 000 even draws. */
function byNumbers(countsAt: (uniforms: readonly number[]) => number[], of: (set: readonly number[]) => number) {
  const draws = Array.from({ length: 10_000 }, (_, i) => (i + 0.5) / 10_000);
  const meanOf = (count: number) => {
    const own = sets.filter((set) => set.length === count);
    return own.reduce((sum, set) => sum + of(set), 0) / own.length;
  };
  const means = sets[sets.length - 1]?.map((_, i) => meanOf(i + 1)) as number[];
  return countsAt(draws).reduce((sum, count) => sum + (means[count - 1] as number), 0) / draws.length;
}

describe("the number of masked tokens in place of the time", () => {
  const meanNll = (set: readonly number[]) => nllOf(set) / set.length;

  it("gives the bound exactly, summed over every number and set", () => {
    expect(byNumbers((uniforms) => uniformCounts(uniforms, 1, length), meanNll)).toBeCloseTo(bound(), 9);
  });

  it("gives it exactly with pairs of complements that share one token, summed over that token too", () => {
    const pairMean = (set: readonly number[]) => {
      const rest = [0, 1, 2, 3].filter((i) => !set.includes(i));
      const others = set.map((shared) => meanNll([...rest, shared].sort((a, b) => a - b)));
      return (meanNll(set) + others.reduce((a, b) => a + b) / others.length) / 2;
    };
    const firstHalf = (uniforms: readonly number[]) =>
      uniformCounts(
        uniforms.map((u) => u / 2),
        1,
        length,
      );
    expect(byNumbers(firstHalf, pairMean)).toBeCloseTo(bound(), 9);
  });
});

describe.each([false, true])("batches with complementary pairs: %s", (complementary) => {
  it.each(["time", "count"] as const)("estimate the bound within four standard errors (%s)", (name) => {
    const { mean, stderr } = estimates(name, complementary, 4, 20_000);
    // By times the integral begins at 1e-3: what it leaves out of the bound is below 1e-3 of it here.
    expect(Math.abs(mean - bound())).toBeLessThan(4 * stderr + (name === "time" ? 2e-3 * bound() : 0));
    expect(stderr).toBeLessThan(0.02);
  });

  it("are less noisy by count than by time", () => {
    const [time, count] = [estimates("time", complementary, 4, 4000), estimates("count", complementary, 4, 4000)];
    expect(count.variance).toBeLessThan(0.8 * time.variance);
  });

  it.each(maskingNames)(
    "keep a token as it is or make it the mask token, and repeat under the same draws (%s)",
    (name) => {
      const draw = (random: RandomStream) =>
        maskBatch(random, Int32Array.of(...text, 5, 6, 7, 8), length, maskId, { name, complementary });
      const { x0, xt, rowWeights } = draw(randomStream(3, "m"));
      expect(xt.length).toBe(complementary ? 16 : 8);
      expect(rowWeights.length).toBe(complementary ? 4 : 2);
      for (const [i, id] of xt.entries()) expect([x0[i], maskId]).toContain(id);
      expect(draw(randomStream(3, "m"))).toEqual({ x0, xt, rowWeights });
    },
  );
});

it("by times the expectation over t is the same integral for a row's complement as for a row alone", () => {
  expect(complementTime(1)).toBeCloseTo(minTime, 5);
  expect(complementTime(minTime)).toBeCloseTo(1, 5);
  const own = Array.from({ length: 11 }, (_, i) => complementTime(minTime + (i / 10) * (1 - minTime)));
  for (const [i, t] of own.slice(1).entries()) expect((own[i] as number) - t).toBeCloseTo((1 - minTime) / 10, 6);
});

it.each(maskingNames)("masks in every second row what the row before it shows (%s)", (name) => {
  const batch = new Int32Array(6 * length).fill(1);
  for (let n = 0; n < 40; n++) {
    const { xt } = maskBatch(randomStream(n, "pairs"), batch, length, maskId, { name, complementary: true });
    for (let row = 0; row < 12; row += 2) {
      const [own, other] = [row, row + 1].map((r) =>
        Array.from(xt.subarray(r * length, (r + 1) * length), (id) => id === maskId),
      );
      const both = own?.filter((masked, i) => masked && other?.[i]).length;
      const neither = own?.filter((masked, i) => !masked && !other?.[i]).length;
      expect([both, neither]).toEqual([name === "count" ? 1 : 0, 0]);
    }
  }
});

it("counts every masked token of a batch the same under masked-mean, and weighs to 1", () => {
  const { xt, rowWeights } = maskBatch(randomStream(1, "m"), new Int32Array(16).fill(2), length, maskId, {
    name: "masked-mean",
    complementary: false,
  });
  const masked = xt.filter((id) => id === maskId).length;
  expect(Array.from(rowWeights)).toEqual(Array(4).fill(1 / masked));
});

it("draws few masks while the start is easy, by every estimator", () => {
  const row = new Int32Array(40).fill(1);
  for (const name of maskingNames) {
    for (const complementary of [false, true]) {
      for (let n = 0; n < 20; n++) {
        const { xt } = maskBatch(
          randomStream(n, "easy"),
          row,
          40,
          maskId,
          { name, complementary },
          { from: 0.1, to: 0.2 },
        );
        const share = xt.filter((id) => id === maskId).length / xt.length;
        expect(share).toBeLessThan(0.45);
      }
    }
  }
  expect(allShares).toEqual({ from: minTime, to: 1 });
});

it("refuses pairs that do not come out even", () => {
  const odd = () => distinctRows(5, { complementary: true });
  expect(odd).toThrow(UserError);
  expect(odd).toThrow("got 5 (flag --sequences). Give an even number.");
  expect(distinctRows(6, { complementary: true })).toBe(3);
});
