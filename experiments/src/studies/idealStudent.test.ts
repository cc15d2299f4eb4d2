/** @file The ideal student against the enumerated optimum of a round. */
import { randomStream } from "@sdtt/core/base";
import { type KlName, klNames } from "@sdtt/distill/method";
import { expect, it } from "vitest";
import { distilExactly } from "./exact/distil.js";
import { chain, type Joint, joints } from "./exact/joints.js";
import { entropy } from "./exact/measures.js";
import { digitsOf, maskedOf, stateOf } from "./exact/space.js";
import { exactTeacher, rowOf, type Table } from "./exact/table.js";
import { tableDenoiser } from "./exact/tableDenoiser.fixture.js";
import { drawTimes, extrapolated, idealStudent } from "./idealStudent.js";

const { space } = chain;
const { tokens, length } = space;
const teacher = exactTeacher(chain);
const dt = 0.4;
const states = [space.start, stateOf(space, [tokens, 0, tokens, 2, tokens])];

/** What the student says at every masked position of `states`, as probabilities. */
async function answers(divergence: KlName, draws: number): Promise<number[]> {
  const options = { dt, substeps: 2, grid: "paper", divergence, draws, seed: 3 } as const;
  const student = idealStudent(tableDenoiser(teacher), options);
  const found: number[] = [];
  for (const state of states) {
    const xt = Int32Array.from(digitsOf(space, state));
    const logits = await student.logits(xt, 1, maskedOf(space, state));
    for (let row = 0; row < logits.length; row += tokens + 1) {
      const weights = Array.from(logits.subarray(row, row + tokens), Math.exp);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      found.push(...weights.map((weight) => weight / total));
    }
  }
  return found;
}

const tableAnswers = ({ p }: Table) =>
  states.flatMap((state) =>
    maskedOf(space, state).flatMap((i) => [...p.subarray(rowOf(space, state, i)).slice(0, tokens)]),
  );
const apart = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));

it.each(klNames)("is the enumerated optimum of a round under %s, with many draws", async (divergence) => {
  const found = await answers(divergence, 4000);
  expect(apart(found, tableAnswers(distilExactly(teacher, { dt, substeps: 2 }, divergence)))).toBeLessThan(0.01);
});

it("is not its teacher under reverse-kl, nor what the other divergence gives", async () => {
  const found = await answers("reverse-kl", 4000);
  expect(apart(found, tableAnswers(teacher))).toBeGreaterThan(0.02);
  expect(apart(found, tableAnswers(distilExactly(teacher, { dt, substeps: 2 }, "forward-kl")))).toBeGreaterThan(0.02);
});

it("draws times with the mean (k + 1)/(L + 2) of their law, and none below the smallest", () => {
  const rows = 20_000;
  for (const masked of [0, 2, length]) {
    const row = Int32Array.from({ length }, (_, i) => (i < masked ? tokens : 0));
    const xt = Int32Array.from({ length: rows * length }, (_, i) => row[i % length] as number);
    const times = drawTimes(xt, rows, tokens, randomStream(5, "times"));
    const mean = times.reduce((sum, t) => sum + t, 0) / rows;
    const spread = Math.sqrt(((masked + 1) * (length - masked + 1)) / ((length + 2) ** 2 * (length + 3)) / rows);
    expect(Math.abs(mean - (masked + 1) / (length + 2))).toBeLessThan(4 * spread);
    expect(Math.min(...times)).toBeGreaterThan(0);
  }
});

/** Entropies of texts that are written at once: of the teacher, of a round's optimum, of means of 8 and of 16 targets. */
async function atOnce({ space, ...joint }: Joint, repeats: number) {
  const { tokens, start, sequences } = space;
  const teacher = exactTeacher({ ...joint, space });
  const rows = sequences.map((state) => digitsOf(space, state));
  const lawOf = (p: (i: number, v: number) => number) => rows.map((x) => x.reduce((all, v, i) => all * p(i, v), 1));
  const tableLaw = ({ p }: Table) => lawOf((i, v) => p[rowOf(space, start, i) + v] as number);
  const answered = (logits: readonly number[]) => {
    const weights = logits.map(Math.exp);
    const total = (i: number) => weights.slice(i * (tokens + 1), i * (tokens + 1) + tokens).reduce((a, b) => a + b, 0);
    return lawOf((i, v) => (weights[i * (tokens + 1) + v] as number) / total(i));
  };
  const options = { dt: 1 / 4, substeps: 2, grid: "paper", divergence: "reverse-kl", draws: 8, seed: 3 } as const;
  const student = idealStudent(tableDenoiser(teacher), options);
  const xt = Int32Array.from(digitsOf(space, start));
  const ask = async () => [...(await student.logits(xt, 1, maskedOf(space, start)))];
  const mean = (laws: readonly (readonly number[])[]) =>
    rows.map((_, k) => laws.reduce((sum, law) => sum + (law[k] as number), 0) / laws.length);
  const [few, many]: [number[][], number[][]] = [[], []];
  for (let i = 0; i < repeats; i++) {
    const [a, b] = [await ask(), await ask()];
    few.push(answered(a), answered(b));
    many.push(answered(a.map((logit, k) => (logit + (b[k] as number)) / 2)));
  }
  const optimum = entropy(tableLaw(distilExactly(teacher, options, "reverse-kl")));
  return { teacher: entropy(tableLaw(teacher)), optimum, few: entropy(mean(few)), many: entropy(mean(many)) };
}

it("of 8 and of 16 draws sharpens by four fifths and nine tenths of a round's optimum, and extrapolated by all of it", async () => {
  for (const joint of joints.filter(({ name }) => name !== "parity")) {
    const { teacher, optimum, few, many } = await atOnce(joint, 500);
    const share = (found: number) => (teacher - found) / (teacher - optimum);
    const known = (value: number) => ({ value, stderr: 0 });
    const all = extrapolated("linear", known(few), known(many)).value;
    expect([joint.name, share(few), share(many), share(all)]).toEqual([
      joint.name,
      ...[0.82, 0.91, 1].map((wanted) => expect.closeTo(wanted, 1)),
    ]);
  }
});

it("extrapolates a perplexity in its logarithm, with an error that knows that of both", () => {
  const { value, stderr } = extrapolated("log", { value: 400, stderr: 4 }, { value: 380, stderr: 3.8 });
  expect([value, stderr / value]).toEqual([expect.closeTo(361, 9), expect.closeTo(0.01 * Math.sqrt(5), 9)]);
});
