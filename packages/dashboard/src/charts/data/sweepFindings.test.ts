/** @file What is advised of sweeps whose effects are known, and that nothing is advised where nothing could be told. */
import { describe, expect, it } from "vitest";
import { findingsOf } from "./sweepFindings.js";
import type { GridCell, Sweep } from "./sweepGrid.js";

const lrs = [0.001, 0.01, 0.1];
const seeds = ["1", "2", "3", "4"];

/** Reproducible noise in [−1, 1]. */
const noise = (...key: readonly number[]) => Math.sin(key.reduce((sum, x) => 31.7 * sum + x, 7) * 12.9898);

interface Made {
  readonly lr: (i: number) => number;
  readonly loss?: (k: number) => number;
  readonly metric?: string;
  readonly of?: readonly string[];
  readonly isOpen?: (i: number, k: number) => boolean;
  readonly size?: number;
}

/** lr by two losses; figures are exp of the sum of effects, seeds and noise. */
function sweep(made: Made): Sweep {
  const { lr, loss = () => 0, metric = "gain-at-entropy", of = seeds, isOpen = () => false, size = 0.01 } = made;
  const cells = lrs.flatMap((_, i) =>
    [0, 1].map((k): GridCell => {
      const outcomes = of.map((seed, s) => ({
        seed,
        value: Math.exp(lr(i) + loss(k) + 0.3 * noise(s) + size * noise(i, k, s)),
      }));
      return {
        at: [JSON.stringify(lrs[i]), JSON.stringify(k === 0 ? "mse" : "kl")],
        statuses: { done: of.length },
        seeds: of.map(Number),
        round: 1,
        value: null,
        says: "",
        verdict: null,
        entropy: null,
        runs: [],
        outcomes: isOpen(i, k) ? [] : outcomes,
      };
    }),
  );
  const axes = [
    { key: "lr", values: lrs.map((value) => JSON.stringify(value)) },
    { key: "loss", values: ['"kl"', '"mse"'] },
  ];
  const about = { experiment: "e", measure: metric, outcomeMetric: metric, steps: 8, stepChoices: [8], counts: {} };
  return { ...about, axes, cells, open: [], note: "", commands: {} };
}

const adviceOf = (made: Made) => findingsOf(sweep(made)).next.map(({ what, why }) => `${what}: ${why}`);

describe("what a sweep's cells say", () => {
  it("is which axis matters and which does not, whatever its seeds have in common", () => {
    const { importances } = findingsOf(sweep({ lr: (i) => 0.1 * i }));
    expect(importances?.axes[0]?.share.low).toBeGreaterThan(0.9);
    expect(importances?.axes[0]?.p).toBeLessThan(0.001);
    expect(importances?.axes[1]?.share.low).toBe(0);
  });

  it("advises a value further out where the best stands at the end of an axis that matters, by even ratios", () => {
    expect(adviceOf({ lr: (i) => 0.1 * i })).toContainEqual(
      expect.stringMatching(/^lr = 1\.00: the leading cell has the largest lr that was tried/),
    );
    expect(adviceOf({ lr: (i) => (i === 1 ? 0.1 : 0) }).join()).not.toMatch(/largest|smallest/);
  });

  it("advises seeds for what is not told apart, and says how many would tell it", () => {
    const [first = ""] = adviceOf({ lr: (i) => (i === 1 ? 0.1 : 0), loss: (k) => 0.004 * k });
    expect(first).toMatch(
      /^More seeds of lr = 0\.01, loss = kl and of lr = 0\.01, loss = mse: .* over 4 seeds as good, not told apart by Holm for 5 comparisons/,
    );
    expect(adviceOf({ lr: (i) => 0.1 * i, loss: (k) => 0.1 * k }).join()).not.toMatch(/More seeds/);
  });

  it("advises to finish what would be the best if axes add up, and not what would be the worst", () => {
    const effects = { lr: (i: number) => 0.1 * i, loss: (k: number) => 0.1 * k };
    expect(adviceOf({ ...effects, isOpen: (i, k) => i === 2 && k === 1 })[0]).toMatch(/^Finish lr = 0\.1, loss = kl: /);
    expect(adviceOf({ ...effects, isOpen: (i, k) => i === 0 && k === 0 }).join()).not.toMatch(/Finish/);
  });

  it("turns around what is better when lower, and calls no cell better by a figure that a temperature lowers", () => {
    const byBits = adviceOf({ lr: (i) => 0.1 * i, metric: "text-bits-per-byte" });
    expect(byBits.join()).toMatch(/smallest lr/);
    const byPpl = adviceOf({ lr: (i) => 0.1 * i, metric: "gen-ppl" });
    expect(byPpl[0]).toMatch(/^Draw the teacher's temperatures .*: a lower temperature moves this figure too/);
    expect(byPpl.join()).not.toMatch(/More seeds|largest|smallest|Finish/);
  });

  it("advises a second seed where there is one and nothing else is left to know the noise from", () => {
    const one = sweep({ lr: (i) => i, of: ["1"] });
    const line = { ...one, axes: one.axes.slice(0, 1), cells: one.cells.filter(({ at }) => at[1] === '"kl"') };
    const cells = line.cells.map((cell) => ({ ...cell, at: cell.at.slice(0, 1) }));
    expect(findingsOf({ ...line, cells })).toMatchObject({ importances: null, next: [{ what: "A second seed" }] });
  });
});
