import { float32, randomStream, type Tensor } from "@sdtt/core/base";
import { withoutMask } from "@sdtt/core/diffusion";
import { openEngine } from "@sdtt/core/engine";
import { logSoftmax } from "@sdtt/core/nn";
import {
  adamwDefaults,
  adamwScalarSpecs,
  adamwScalars,
  grouped,
  groupOf,
  updateFunction,
  updateStateSpecs,
} from "@sdtt/core/optim";
import { divergences, type KlName, klNames, sdttTargets, sharedDraw, targetMeans } from "@sdtt/distill/method";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { distilExactly, gaussNodes } from "./distil.js";
import { jointOver, joints, parity } from "./joints.js";
import { entropy, totalVariation } from "./measures.js";
import { digitsOf, maskedOf, spaceOf, stateOf } from "./space.js";
import { stepLaws } from "./steps.js";
import { exactTeacher, rowOf, type Table } from "./table.js";
import { tableDenoiser } from "./tableDenoiser.fixture.js";
import { revealChances, targetsAt } from "./targets.fixture.js";

const space = spaceOf(3, 3);
const skewed = space.sequences.map((_, i) => (1 + ((i * i * 7) % 11)) / 100);
const total = skewed.reduce((sum, p) => sum + p, 0);
const joint = jointOver(
  "skewed",
  "",
  space,
  skewed.map((p) => p / total),
);
const { length, tokens } = space;
const teacher = exactTeacher(joint);
const dt = 0.4;

/** The normalised weighted mean of a state's targets, position by position, from the definition. */
function meanTarget(state: number, divergence: KlName): number[] {
  const targets = [...targetsAt(teacher, state, dt)];
  const size = targets[0]?.logProbs.length as number;
  const geometric = divergence === "reverse-kl";
  const raw = Array.from({ length: size }, (_, n) => {
    const parts = targets.map(({ logProbs, probability }) => [logProbs[n] as number, probability] as const);
    if (geometric) return parts.reduce((product, [log, weight]) => product * Math.exp(log) ** weight, 1);
    return parts.reduce((sum, [log, weight]) => sum + weight * Math.exp(log), 0);
  });
  const sums = raw.map((_, n) => raw.slice(n - (n % tokens), n - (n % tokens) + tokens).reduce((a, b) => a + b, 0));
  return raw.map((value, n) => value / (sums[n] as number));
}

/** Trains a tabular student of one state by Adam on the expected divergence that rounds use, from uniform. */
async function trained(state: number, divergence: KlName): Promise<Float32Array> {
  const targets = [...targetsAt(teacher, state, dt)];
  const n = maskedOf(space, state).length;
  const withMaskColumn = (values: Float64Array) =>
    Array.from({ length: n }, (_, i) => [...values.subarray(i * tokens, (i + 1) * tokens), -1e6]).flat();
  const shape = [targets.length * n, tokens + 1];
  const named = { logits: { shape: [n, tokens + 1], dtype: "float32" as const } };
  const engine = await openEngine("reference");
  const loss = (params: Record<string, tf.Tensor>, inputs: Record<string, tf.Tensor>) => {
    const student = tf.tile(logSoftmax(withoutMask(params.logits as tf.Tensor)), [targets.length, 1]);
    return tf.sum(tf.mul(divergences[divergence](student, inputs.targets as tf.Tensor), inputs.weights as tf.Tensor));
  };
  const inputSpecs = {
    targets: { shape, dtype: "float32" as const },
    weights: { shape: [shape[0] as number], dtype: "float32" as const },
  };
  const options = { ...adamwDefaults, clip: 1e9 };
  const program = await engine.compile(
    updateFunction((p, i) => loss(p, i) as tf.Scalar, options),
    {
      ...{ name: "tabular", inputs: { ...inputSpecs, ...adamwScalarSpecs() }, state: updateStateSpecs(named) },
    },
  );
  const zero = { logits: float32([n, tokens + 1]) };
  const groups = (["model", "ema", "adam.m", "adam.v"] as const).map((group) => grouped(group, zero));
  program.load(Object.assign({}, ...groups));
  const inputs = {
    targets: float32(
      shape,
      targets.flatMap(({ logProbs }) => withMaskColumn(logProbs)),
    ),
    weights: float32(
      [shape[0] as number],
      targets.flatMap(({ probability }) => Array(n).fill(probability)),
    ),
  };
  for (let update = 1; update <= 300; update++) {
    await program.run({ ...inputs, ...adamwScalars(update, 0.1 * 0.98 ** update, options) });
  }
  const { logits } = groupOf("model", await program.state());
  return tf
    .softmax(tf.slice(tf.tensor((logits as Tensor).data, [n, tokens + 1]), [0, 0], [n, tokens]))
    .dataSync() as Float32Array;
}

const studentAt = (student: Table, state: number) =>
  maskedOf(space, state).flatMap((i) => [
    ...student.p.subarray(rowOf(space, state, i), rowOf(space, state, i) + tokens),
  ]);
const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - (b[i] as number))));
const partly = stateOf(space, [3, 3, 1]);

describe("a tabular student on targets with full support", () => {
  it.each([
    ["reverse-kl", "normalised geometric", "forward-kl"],
    ["forward-kl", "arithmetic", "reverse-kl"],
  ] as const)("converges under %s to their %s mean, and not to that of %s", async (divergence, _, other) => {
    for (const state of [space.start, partly]) {
      const found = await trained(state, divergence);
      expect(apart(found, meanTarget(state, divergence))).toBeLessThan(1e-3);
      expect(apart(found, meanTarget(state, other))).toBeGreaterThan(2e-3);
      expect(apart(studentAt(distilExactly(teacher, { dt, substeps: 2 }, divergence), state), found)).toBeLessThan(
        1e-3,
      );
    }
  });

  it("is sharper than its teacher under reverse-kl", () => {
    const law = (table: Table) => stepLaws(table, [1])[0] as number[];
    expect(entropy(law(distilExactly(teacher, { dt, substeps: 2 }, "reverse-kl")))).toBeLessThan(
      entropy(law(teacher)) - 1e-3,
    );
  });

  it.each(klNames)("of two substeps is under %s the mean of the listed targets at every state", (divergence) => {
    const student = distilExactly(teacher, { dt, substeps: 2 }, divergence);
    for (let state = 0; state < space.states; state++) {
      if (maskedOf(space, state).length === 0) continue;
      expect(apart(studentAt(student, state), meanTarget(state, divergence))).toBeLessThan(1e-8);
    }
  });

  it.each(klNames)("of four substeps is under %s the mean of the targets that rounds draw", async (divergence) => {
    const step = { dt: 0.2, substeps: 4 };
    const random = randomStream(9, "targets");
    const rows = 20_000;
    const t = Float64Array.from({ length: rows }, () => Math.cbrt(random.uniform()));
    const xt = new Int32Array(rows * length).fill(tokens);
    const { logits } = await sdttTargets(tableDenoiser(teacher), xt, t, { ...step, grid: "paper" }, sharedDraw(random));
    const { enter, leave } = targetMeans[divergence];
    const found = Array.from({ length }, (_, i) => {
      const means = Array.from({ length: tokens }, (_, v) => {
        const values = Array.from({ length: rows }, (_, row) =>
          enter(logits[(row * length + i) * (tokens + 1) + v] as number),
        );
        return Math.exp(leave(values.reduce((sum, x) => sum + x, 0) / rows));
      });
      const sum = means.reduce((all, x) => all + x, 0);
      return means.map((x) => x / sum);
    }).flat();
    const exact = studentAt(distilExactly(teacher, step, divergence), space.start);
    expect(apart(found, exact)).toBeLessThan(0.005);
    expect(apart(studentAt(distilExactly(teacher, { dt: 0.2, substeps: 2 }, divergence), space.start), exact)).not.toBe(
      0,
    );
  });

  it.each(klNames)("learns nothing under %s where the first substep reveals everything", (divergence) => {
    expect(apart(distilExactly(teacher, { dt: 1, substeps: 2 }, divergence).p, teacher.p)).toBeLessThan(1e-9);
  });
});

it("quadrature is exact for polynomials of degree 2n − 1", () => {
  for (const n of [1, 2, 3, 5]) {
    const sum = gaussNodes(n, 0.2, 1).reduce((all, { t, weight }) => all + weight * t ** (2 * n - 1), 0);
    expect(sum).toBeCloseTo((1 - 0.2 ** (2 * n)) / (2 * n), 12);
  }
});

describe("exact targets", () => {
  it("occur with probabilities that sum to one, at every state", () => {
    for (let state = 0; state < space.states; state++) {
      const sum = [...targetsAt(teacher, state, dt)].reduce((all, { probability }) => all + probability, 0);
      expect(sum).toBeCloseTo(1, 8);
    }
  });

  it("reveal with the chances of the closed form where all is masked", () => {
    // k = L = 1: density 2t on [0, 1], chance ∫ min(1, Δ/t) 2t dt = Δ² + 2Δ(1 − Δ).
    expect(revealChances(1, 1, dt)[1]).toBeCloseTo(dt ** 2 + 2 * dt * (1 - dt), 4);
  });

  it("have the mean that sdttTargets' draws have", async () => {
    const denoiser = tableDenoiser(teacher);
    const random = randomStream(8, "targets");
    const rows = 20_000;
    // At the all-masked state t has density 3t².
    const t = Float64Array.from({ length: rows }, () => Math.cbrt(random.uniform()));
    const xt = new Int32Array(rows * length).fill(tokens);
    const { logits } = await sdttTargets(denoiser, xt, t, { dt, substeps: 2, grid: "paper" }, sharedDraw(random));
    const exact = [...targetsAt(teacher, space.start, dt)];
    for (let n = 0; n < length * tokens; n++) {
      const at = (i: number) => logits[(i * length + Math.floor(n / tokens)) * (tokens + 1) + (n % tokens)] as number;
      const draws = Array.from({ length: rows }, (_, i) => at(i));
      const mean = draws.reduce((sum, x) => sum + x, 0) / rows;
      const spread = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows);
      const expected = exact.reduce((sum, target) => sum + target.probability * (target.logProbs[n] as number), 0);
      expect(Math.abs(mean - expected)).toBeLessThan((4 * spread) / Math.sqrt(rows));
    }
  });
});

describe("exact laws", () => {
  it.each(joints)("of the teacher of $name sum to one and come as near to the joint law as one likes", (one) => {
    const laws = stepLaws(exactTeacher(one), [1, 2, 4, 16, 128]);
    for (const law of laws) expect(law.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    const distances = laws.map((law) => totalVariation(law, one.probabilities));
    expect(distances).toEqual([...distances].sort((a, b) => b - a));
    expect(distances.at(-1)).toBeLessThan(0.02);
  });

  it.each(joints)("$name has full support and conditionals that are those of its sequences", (one) => {
    expect(Math.min(...one.probabilities)).toBeGreaterThan(0);
    const table = exactTeacher(one);
    const sequence = digitsOf(one.space, one.space.sequences[5] as number);
    const state = stateOf(one.space, [...sequence.slice(0, -1), one.space.tokens]);
    const last = one.space.length - 1;
    const siblings = Array.from({ length: one.space.tokens }, (_, v) =>
      stateOf(one.space, [...sequence.slice(0, -1), v]),
    );
    const mass = siblings.map((sibling) => one.probabilities[one.space.sequences.indexOf(sibling)] as number);
    const sum = mass.reduce((all, p) => all + p, 0);
    const row = rowOf(one.space, state, last);
    expect(
      apart(
        table.p.subarray(row, row + one.space.tokens),
        mass.map((p) => p / sum),
      ),
    ).toBeLessThan(1e-12);
  });

  it("of one step is the product of the marginals", () => {
    const table = exactTeacher(parity);
    const [law] = stepLaws(table, [1]) as [number[]];
    const products = parity.space.sequences.map((sequence) =>
      [...digitsOf(parity.space, sequence).entries()].reduce(
        (product, [i, v]) => product * (table.p[rowOf(parity.space, parity.space.start, i) + v] as number),
        1,
      ),
    );
    expect(apart(law, products)).toBeLessThan(1e-12);
  });
});
