/**
 * @file Ideal students against what they are by definition: a search over all products, closed forms, and the exact study.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomStream } from "@sdtt/core/base";
import { describe, expect, it } from "vitest";
import { chain, jointOver, parity } from "../exact/joints.js";
import { spaceOf } from "../exact/space.js";
import { stepLaws } from "../exact/steps.js";
import { exactTeacher } from "../exact/table.js";
import { openPuzzle } from "../puzzle/squares.js";
import type { World } from "../world.js";
import { bestProduct, type Objective, productOf } from "./coordinates.js";
import { bestMixture } from "./mixture.js";
import { alphaOf, meanField } from "./objectives.js";
import { allGroups, orderedLaw, spacedGroups } from "./order.js";
import {
  type Ahead,
  aheadOf,
  type Component,
  firstStepLaw,
  guidedTeacher,
  lawsOf,
  studentBy,
  teacherOf,
} from "./student.js";
import { cellOf, idealStudents, studentOfTable, tableOf } from "./study.js";

const counts = [1, 2, 3, 8];
const sumOf = (law: readonly number[]) => law.reduce((sum, p) => sum + p, 0);
const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - (b[i] as number))));

/** Two bits that nearly agree, and are rather 1. */
const pair = jointOver("pair", "", spaceOf(2, 2), [0.3, 0.05, 0.1, 0.55]);
const start = aheadOf(pair, Uint8Array.of(2, 2));
const likelihood = (components: readonly Component[], { rows, chances, masked }: Ahead, tokens: number) =>
  rows.reduce((sum, row, n) => {
    const mixed = components.reduce((all, { weight, p }) => {
      return all + masked.reduce((product, i) => product * (p[i * tokens + (row[i] as number)] as number), weight);
    }, 0);
    return sum + (chances[n] as number) * Math.log(mixed);
  }, 0);

/** The most of an objective over a fine grid of two Bernoullis. */
function mostOnGrid(objective: Objective): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let a = 0; a <= 1; a += 1 / 100) {
    for (let b = 0; b <= 1; b += 1 / 100) {
      most = Math.max(most, objective.value(Float64Array.of(1 - a, a, 1 - b, b), start, 2));
    }
  }
  return most;
}

describe("the law of K steps of a student", () => {
  it.each([chain, parity])("that is the teacher is the exact study's ($name)", (joint) => {
    const laws = lawsOf(joint, teacherOf(joint), counts);
    for (const [k, law] of stepLaws(exactTeacher(joint), counts).entries()) {
      expect(apart(laws[k] as number[], law)).toBeLessThan(1e-12);
    }
  });

  it("that is guided is p(v | row)^(1 + w) / p(v | nothing)^w in the second step, and the teacher's own in the first", () => {
    const [p, weight] = [[0.3, 0.05, 0.1, 0.55], 0.7];
    // Of the second bit, after the first: its law given that bit, over its own of 0.4 and 0.6.
    const after = (first: number) => {
      const own = [p[2 * first], p[2 * first + 1]] as [number, number];
      const given = own.map((one) => one / (own[0] + own[1]));
      const weighed = given.map((one, v) => one ** (1 + weight) / ([0.4, 0.6][v] as number) ** weight);
      return weighed.map((one) => one / ((weighed[0] as number) + (weighed[1] as number)));
    };
    const law = orderedLaw(pair, [0, 1], guidedTeacher(pair, weight));
    const expected = [0, 1, 2, 3].map((n) => ([0.35, 0.65][n >> 1] as number) * (after(n >> 1)[n & 1] as number));
    expect(apart(law, expected)).toBeLessThan(1e-12);
  });

  it("that is a mixture sums to one, at one step is the mixture, and differs from that of its mean", () => {
    const student = studentBy(parity, (ahead) => bestMixture(ahead, 3, 2));
    const laws = lawsOf(parity, student, counts);
    for (const law of laws) expect(sumOf(law)).toBeCloseTo(1, 12);
    expect(apart(laws[0] as number[], firstStepLaw(parity, student))).toBeLessThan(1e-12);
    const mean = studentBy(parity, (ahead) => {
      const p = new Float64Array(8);
      for (const own of bestMixture(ahead, 3, 2)) {
        for (const [at, value] of own.p.entries()) p[at] = (p[at] as number) + own.weight * value;
      }
      return [{ weight: 1, p }];
    });
    expect(apart(laws[1] as number[], lawsOf(parity, mean, [2])[0] as number[])).toBeGreaterThan(0.01);
  });
});

describe("the best product for reverse KL to the joint", () => {
  it("is that of a search over all products", () => {
    const found = bestProduct(meanField, start, 2, "all");
    expect(meanField.value(found, start, 2)).toBeGreaterThan(mostOnGrid(meanField) - 1e-9);
  });

  it("has as its value −KL, and is the law itself where tokens are independent", () => {
    const apartFrom = jointOver("independent", "", spaceOf(2, 2), [0.12, 0.28, 0.18, 0.42]);
    const ahead = aheadOf(apartFrom, Uint8Array.of(2, 2));
    const found = bestProduct(meanField, ahead, 2, "all");
    expect(apart(found, [0.4, 0.6, 0.3, 0.7])).toBeLessThan(1e-6);
    expect(meanField.value(found, ahead, 2)).toBeCloseTo(0, 9);
    const q = Float64Array.of(0.2, 0.8, 0.5, 0.5);
    const kl = Array.from(productOf(q, start, 2)).reduce(
      (sum, p, n) => sum + p * Math.log(p / (start.chances[n] as number)),
      0,
    );
    expect(meanField.value(q, start, 2)).toBeCloseTo(-kl, 9);
  });

  it("sits on one solution of a puzzle, so that one step is valid and all others are lost", () => {
    const latin = openPuzzle("latin3");
    const student = studentBy(latin, (ahead) => [{ weight: 1, p: bestProduct(meanField, ahead, 3, "all") }]);
    const cell = cellOf(latin, 1, firstStepLaw(latin, student));
    expect([cell.validity, cell.entropy, cell.missed]).toEqual([
      expect.closeTo(1, 9),
      expect.closeTo(0, 9),
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe("the best product for AlphaDLM's loss", () => {
  it.each([0.3, 1, 1.7, 2, 5])("is that of a search over all products, k = %f", (k) => {
    const found = bestProduct(alphaOf(k), start, 2, "all");
    expect(alphaOf(k).value(found, start, 2)).toBeGreaterThan(mostOnGrid(alphaOf(k)) - 1e-9);
  });

  it("is the teacher's as k → 0, and on the likeliest row from k = the number of masks on", () => {
    expect(apart(bestProduct(alphaOf(1e-6), start, 2, "all"), [0.35, 0.65, 0.4, 0.6])).toBeLessThan(1e-5);
    expect(apart(bestProduct(alphaOf(1), start, 2, "all"), [0.35, 0.65, 0.4, 0.6])).toBeGreaterThan(0.1);
    expect([...bestProduct(alphaOf(2), start, 2, "all")]).toEqual([0, 1, 0, 1]);
  });

  it("has the value 1 − k · loss, for the loss that trains", () => {
    const q = Float64Array.of(0.2, 0.8, 0.5, 0.5);
    const k = 0.7;
    const loss = start.rows.reduce((sum, row, n) => {
      const s = [0, 1].reduce((all, i) => all + Math.log(q[2 * i + (row[i] as number)] as number), 0) / 2;
      return sum + ((start.chances[n] as number) * (1 - Math.exp(k * s))) / k;
    }, 0);
    expect(alphaOf(k).value(q, start, 2)).toBeCloseTo(1 - k * loss, 12);
  });
});

describe("the best mixture", () => {
  const ahead = aheadOf(parity, new Uint8Array(4).fill(2));

  it("of one product is the marginals", () => {
    expect(apart(bestMixture(start, 1, 2)[0]?.p as Float64Array, [0.35, 0.65, 0.4, 0.6])).toBeLessThan(1e-12);
  });

  it("of two products of two bits is the law itself", () => {
    expect(likelihood(bestMixture(start, 2, 2), start, 2)).toBeCloseTo(
      start.chances.reduce((sum, p) => sum + p * Math.log(p), 0),
      5,
    );
  });

  it("is better with more products, no worse than any of 20 000 random ones, and exact with one a row", () => {
    const random = randomStream(4, "mixtures");
    const found = [1, 2, 4, 16].map((count) => likelihood(bestMixture(ahead, count, 2), ahead, 2));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found[3]).toBeCloseTo(
      ahead.chances.reduce((sum, p) => sum + p * Math.log(p), 0),
      12,
    );
    const tries = Array.from({ length: 20_000 }, () => {
      const weight = random.uniform();
      const product = () => Float64Array.from({ length: 4 }, () => random.uniform());
      const component = (w: number) => ({ weight: w, p: Float64Array.from([...product()].flatMap((x) => [1 - x, x])) });
      return likelihood([component(weight), component(1 - weight)], ahead, 2);
    });
    expect(Math.max(...tries)).toBeLessThan(found[1] as number);
  });
});

describe("a fixed order", () => {
  it("of one group is one step, of a position a group the joint law", () => {
    expect(
      apart(orderedLaw(chain, spacedGroups(5, 1)), lawsOf(chain, teacherOf(chain), [1])[0] as number[]),
    ).toBeLessThan(1e-12);
    expect(apart(orderedLaw(chain, spacedGroups(5, 5)), chain.probabilities)).toBeLessThan(1e-12);
    expect(sumOf(orderedLaw(chain, spacedGroups(5, 2)))).toBeCloseTo(1, 12);
  });

  it("that is spaced goes from coarse to fine, in groups as even as can be", () => {
    expect(spacedGroups(8, 4)).toEqual([0, 2, 1, 3, 0, 2, 1, 3]);
    expect(spacedGroups(5, 2)).toEqual([0, 1, 0, 1, 0]);
    expect([...allGroups(3, 2)]).toHaveLength(6);
  });
});

it("a table says what the exact study's does, and with a floor leaves nothing out", () => {
  expect(apart(tableOf(parity, 0).p, exactTeacher(parity).p)).toBeLessThan(1e-12);
  const latin = openPuzzle("latin3");
  const xt = Uint8Array.of(0, 1, 3, 3, 3, 3, 3, 3, 3);
  const p = studentOfTable(tableOf(latin, 0.03))(xt)[0]?.p.subarray(6, 9);
  expect(apart(p as Float64Array, [0.01, 0.01, 0.98])).toBeLessThan(1e-12);
});

it("the table in docs is what the study gives (parity)", () => {
  const file = join(import.meta.dirname, "../../../../docs/beyond/ideal-students.json");
  const { worlds, steps, ceiling: _, ...options } = JSON.parse(readFileSync(file, "utf8"));
  const written = worlds.find(({ world }: { readonly world: string }) => world === "parity");
  const { lines } = idealStudents(parity, { ...options, counts: steps });
  const plain = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (_key, x) => (typeof x === "number" ? Number(x.toFixed(6)) + 0 : x));
  expect(plain(lines)).toEqual(plain(written.lines));
});

it("the study of a world has every method, none farther from the truth than the teacher it begins with where it must not be", () => {
  const tiny: World = parity;
  const options = { counts: [1, 2], mixtures: [2], alphas: [1], substeps: [2], initialSteps: 4, floor: 1e-3 };
  const { lines } = idealStudents(tiny, options);
  const at = (start: string, k: number) => lines.find(({ method }) => method.startsWith(start))?.cells[k];
  expect(lines.map(({ method }) => method)).toHaveLength(13);
  for (const [k] of [1, 2].entries()) {
    expect(at("SDTT, reverse", k)?.distance).toBeLessThan(at("teacher", k)?.distance as number);
    expect(at("mixture of 2", k)?.missed).toBeLessThan(at("teacher", k)?.missed as number);
    expect(at("Gumbel", k)?.distance).toBeCloseTo(0, 12);
    // The teacher is its own control.
    expect(at("teacher", k)?.control).toBeCloseTo(at("teacher", k)?.distance as number, 3);
  }
});
