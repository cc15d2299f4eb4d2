/** @file Distribution matching's two losses: their gradients against enumeration and differences. */
import { randomStream } from "@sdtt/core/base";
import { openEngine } from "@sdtt/core/engine";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { credits, criticLoss, studentLoss } from "./matching.js";
import { held } from "./matchingLook.js";

beforeAll(async () => {
  await openEngine("reference");
});

/** Two rows of two masks and three tokens; the mask is the fourth. */
describe("the student's gradient on all that two rows can become", () => {
  const tokens = [0, 1, 2];
  const size = 4;
  const rowsOf = (what: string, count: number, width: number): number[][] => {
    const values = randomStream(7, what).normals(count * width);
    return Array.from({ length: count }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
  };
  const theta = rowsOf("student", 4, 3);
  const softmax = (row: readonly number[]) => {
    const all = row.reduce((sum, x) => sum + Math.exp(x), 0);
    return row.map((x) => Math.exp(x) / all);
  };
  /** What a row can become: the token of each position, or the mask, and how often these positions are revealed. */
  const states = [...tokens, 3].flatMap((a) => [...tokens, 3].map((b) => [a, b] as const));
  const chanceOf = (state: readonly number[]) => (state.filter((token) => token < 3).length === 1 ? 1 / 6 : 1 / 3);
  /** Logits of each row, state and position. */
  const [critic, teacher] = ["critic", "teacher"].map((who) => {
    return [0, 1].map((row) => states.map((_, s) => rowsOf(`${who} ${row} ${s}`, 2, size)));
  }) as [number[][][][], number[][][][]];
  const lawOf = (row: number, state: readonly number[], at: readonly (readonly number[])[]) =>
    state.reduce((p, token, l) => p * (token < 3 ? (softmax(at[2 * row + l] as number[])[token] as number) : 1), 1);
  const gapOf = (row: number, s: number, l: number, v: number) => {
    const logitsOf = (all: number[][][][]) => ((all[row] as number[][][])[s] as number[][])[l] as number[];
    const logOf = (all: number[][][][]) => Math.log(softmax(logitsOf(all).slice(0, 3))[v] as number);
    return logOf(critic) - logOf(teacher);
  };
  /** The mean over all that both rows can become, by no more than its definition. */
  const objective = (at: readonly (readonly number[])[]) =>
    [0, 1].reduce((sum, row) => {
      return states.reduce((all, state, s) => {
        const own = state.reduce((h, token, l) => {
          if (token < 3) return h;
          const law = softmax(at[2 * row + l] as number[]);
          return h + law.reduce((one, p, v) => one + p * gapOf(row, s, l, v), 0);
        }, 0);
        return all + (chanceOf(state) * lawOf(row, state, at) * own) / 4;
      }, sum);
    }, 0);

  /** Its gradient as an update has it, averaged over all that can be drawn. */
  function expected(creditsOf: (heights: readonly number[]) => readonly number[]): number[] {
    const logits = tf.tensor2d(theta.map((row) => [...row, 0]));
    const sum = new Float64Array(16);
    for (const [s, first] of states.entries()) {
      for (const [u, second] of states.entries()) {
        const zs = [...first, ...second];
        const chance = chanceOf(first) * chanceOf(second) * lawOf(0, first, theta) * lawOf(1, second, theta);
        const said = [
          [critic[0]?.[s], critic[1]?.[u]],
          [teacher[0]?.[s], teacher[1]?.[u]],
        ].map((own) => tf.tensor2d(own.flat() as number[][]));
        const open = tf.tensor2d(zs.map((token) => [Number(token === 3)]));
        const asked = { student: logits, critic: said[0] as tf.Tensor, teacher: said[1] as tf.Tensor, open };
        const { gap, heights } = held(asked) as { gap: tf.Tensor; heights: tf.Tensor };
        const h = Array.from(heights.dataSync());
        const own = creditsOf([0, 1].map((row) => (h[2 * row] as number) + (h[2 * row + 1] as number)));
        const rows = {
          gap,
          drawn: tf.tensor1d(
            zs.map((token) => token % 3),
            "int32",
          ),
          credit: tf.tensor1d(zs.map((token, i) => (token < 3 ? (own[i >> 1] as number) : 0))),
          said: tf.zeros([4]),
        };
        const slope = tf.grad((x) => tf.sum(tf.mul(studentLoss(tf.add(x, [0, 0, 0, -1e6]), rows), 0.25)))(logits);
        slope.dataSync().forEach((one, i) => {
          sum[i] = (sum[i] as number) + chance * one;
        });
      }
    }
    return [...sum].filter((_, i) => i % size < 3);
  }

  const differences = () =>
    theta.flatMap((row, i) =>
      row.map((_, v) => {
        const moved = (by: number) =>
          objective(theta.map((own, j) => own.map((x, w) => x + (i === j && w === v ? by : 0))));
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      }),
    );
  const apart = (found: readonly number[]) =>
    differences().reduce((most, slope, i) => Math.max(most, Math.abs(slope - (found[i] as number))), 0);

  it("is on average that of the objective, the law of what is drawn included", () => {
    expect(apart(expected(credits))).toBeLessThan(1e-5);
  });

  it("is not without the term that the published gradient drops", () => {
    expect(apart(expected((heights) => heights.map(() => 0)))).toBeGreaterThan(4e-3);
  });

  it("is not where a row is in the mean that it is held against", () => {
    const own = (heights: readonly number[]) =>
      heights.map((h) => h - ((heights[0] as number) + (heights[1] as number)) / 2);
    expect(apart(expected(own))).toBeGreaterThan(4e-3);
  });
});

describe("credits", () => {
  it("are each row's sum over the mean of the others", () => {
    expect(credits([1, 2, 6])).toEqual([1 - 4, 2 - 3.5, 6 - 1.5]);
    expect(credits([0, 0])).toEqual([0, 0]);
    expect(credits([5])).toEqual([5]);
  });
});

it("the critic's loss is the cross-entropy of both laws, and its gradient is that of differences", () => {
  const logits = [0.3, -1, 0.8, 2, 0.1, -0.4];
  const shares = [0.7, 0.9, 0.4, 1.2, 0.3, 0.5];
  const plain = (at: readonly number[]) =>
    [0, 1].reduce((sum, row) => {
      const own = at.slice(3 * row, 3 * row + 3);
      const all = Math.log(own.reduce((total, x) => total + Math.exp(x), 0));
      return own.reduce((loss, x, v) => loss - (shares[3 * row + v] as number) * (x - all), sum);
    }, 0);
  const of = { shares: tf.tensor2d(shares, [2, 3]) };
  const { value, grad } = tf.valueAndGrad((x) => tf.sum(criticLoss(x, of)))(tf.tensor2d(logits, [2, 3]));
  expect(value.dataSync()[0]).toBeCloseTo(plain(logits), 5);
  grad.dataSync().forEach((slope, i) => {
    const at = (by: number) => plain(logits.map((x, j) => (i === j ? x + by : x)));
    expect(slope).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 4);
  });
});
