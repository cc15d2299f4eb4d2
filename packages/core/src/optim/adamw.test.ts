import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { float32, type TensorMap } from "../base/tensor.js";
import { openEngine } from "../engine/open.js";
import { zerosLike } from "../nn/params.js";
import { type AdamWOptions, adamwDefaults, adamwScalarSpecs, adamwScalars, emaDecayAt, globalNorm } from "./adamw.js";
import { asCritic } from "./critic.js";
import { grouped, optimizerOf, steppedState, updateFunction, updateStateSpecs } from "./update.js";

const engine = await openEngine("onnx", { threads: 1 });
const specs = { w: { shape: [2], dtype: "float32" } } as const;
const gradientSpec = { gradient: { shape: [2], dtype: "float32" } } as const;

/** A loss whose gradient is an input: what AdamW then does with it is arithmetic that can be written down. */
async function updater(options: AdamWOptions) {
  const lossOf = (params: Readonly<Record<string, tf.Tensor>>, inputs: Readonly<Record<string, tf.Tensor>>) =>
    tf.sum(tf.mul(params.w as tf.Tensor, inputs.gradient as tf.Tensor)) as tf.Scalar;
  const signature = {
    name: "adamw",
    inputs: { ...gradientSpec, ...adamwScalarSpecs() },
    state: updateStateSpecs(specs),
  };
  const program = await engine.compile(updateFunction(lossOf, options), signature);
  const w = float32([2], [1, -2]);
  for (const group of ["model", "ema"] as const) program.load(grouped(group, { w }));
  for (const group of ["adam.m", "adam.v"] as const) program.load(grouped(group, { w: float32([2]) }));
  let n = 0;
  return async (gradient: readonly number[], rate: number) => {
    const inputs = { gradient: float32([2], gradient), ...adamwScalars(++n, rate, options) };
    const outputs = await program.run(inputs);
    const state = await program.state();
    const of = (map: TensorMap, name: string) => Array.from(map[name]?.data ?? []);
    return { norm: outputs.gradNorm?.data[0], w: of(state, "model/w"), ema: of(state, "ema/w") };
  };
}

/** AdamW in float64, one value, as torch documents it. */
function byHand(
  gradients: readonly number[],
  start: number,
  rate: number,
  o: AdamWOptions,
): { w: number; ema: number } {
  let [w, m, v, ema] = [start, 0, 0, start];
  gradients.forEach((g, i) => {
    m = o.beta1 * m + (1 - o.beta1) * g;
    v = o.beta2 * v + (1 - o.beta2) * g * g;
    const [mHat, vHat] = [m / (1 - o.beta1 ** (i + 1)), v / (1 - o.beta2 ** (i + 1))];
    w = w * (1 - rate * o.weightDecay) - (rate * mHat) / (Math.sqrt(vHat) + o.eps);
    const keep = Math.min(o.emaDecay, (2 + i) / (11 + i));
    ema = keep * ema + (1 - keep) * w;
  });
  return { w, ema };
}

describe("AdamW", () => {
  it("moves by the learning rate at the first update, whatever the gradient's size", async () => {
    const update = await updater({ ...adamwDefaults, clip: 1e9 });
    const { w } = await update([1e-3, -50], 0.1);
    expect(w[0]).toBeCloseTo(0.9, 5);
    expect(w[1]).toBeCloseTo(-1.9, 5);
  });

  it("follows the recurrence over five updates, with weight decay and EMA", async () => {
    const options = { ...adamwDefaults, weightDecay: 0.1, clip: 1e9, emaDecay: 0.3 };
    const update = await updater(options);
    const gradients = [0.3, -1, 2, 0, 0.7];
    let last = { w: [0, 0], ema: [0, 0] };
    for (const g of gradients) last = await update([g, -2 * g], 0.05);
    const wanted = [
      byHand(gradients, 1, 0.05, options),
      byHand(
        gradients.map((g) => -2 * g),
        -2,
        0.05,
        options,
      ),
    ];
    wanted.forEach(({ w, ema }, i) => {
      expect(last.w[i]).toBeCloseTo(w, 5);
      expect(last.ema[i]).toBeCloseTo(ema, 5);
    });
  });

  it("decays weights without a gradient, and leaves them alone without decay", async () => {
    const decaying = await updater({ ...adamwDefaults, weightDecay: 0.5 });
    expect((await decaying([0, 0], 0.1)).w[1]).toBeCloseTo(-2 * 0.95, 6);
    const still = await updater(adamwDefaults);
    expect((await still([0, 0], 0.1)).w).toEqual([1, -2]);
  });
});

describe("clipping", () => {
  // With eps this large AdamW's first step is about rate · gradient / eps: it shows the size of what was clipped.
  const options = { ...adamwDefaults, clip: 1, eps: 1e3, beta1: 0, beta2: 0 };

  it("reports the norm before clipping, and scales a longer gradient to the limit", async () => {
    const update = await updater(options);
    const { norm, w } = await update([30, 40], 1e3);
    expect(norm).toBeCloseTo(50, 4);
    expect((w[0] as number) - 1).toBeCloseTo(-0.6, 2);
    expect((w[1] as number) + 2).toBeCloseTo(-0.8, 2);
  });

  it("leaves a shorter gradient as it is", async () => {
    const update = await updater(options);
    const { norm, w } = await update([0.3, 0.4], 1e3);
    expect(norm).toBeCloseTo(0.5, 6);
    expect((w[0] as number) - 1).toBeCloseTo(-0.3, 3);
    expect((w[1] as number) + 2).toBeCloseTo(-0.4, 3);
  });

  it("takes the norm over all tensors together", async () => {
    const inputs = { a: float32([2], [1, 2]), b: float32([1, 1], [2]) };
    const fn = ({ a, b }: Record<string, tf.Tensor>) => ({ norm: globalNorm([a as tf.Tensor, b as tf.Tensor]) });
    const program = await engine.compile(fn, { name: "norm", inputs });
    expect((await program.run(inputs)).norm?.data[0]).toBeCloseTo(3, 6);
  });
});

describe("a critic that learns beside the model", () => {
  const both = { ...specs, ...asCritic(specs) };
  const state = updateStateSpecs(both);
  const gradients = Object.fromEntries(
    Object.keys(both).map((name) => [name, { shape: [2], dtype: "float32" as const }]),
  );

  async function stepped(critic: readonly number[]) {
    const inputs = { ...gradients, ...adamwScalarSpecs() };
    // With eps this large a step is about as long as the gradient that is left of clipping.
    const options = { ...adamwDefaults, eps: 1e3, beta1: 0, beta2: 0 };
    const fn = (named: Record<string, tf.Tensor>) =>
      steppedState(named, { w: named.w as tf.Tensor, "critic.w": named["critic.w"] as tf.Tensor }, options);
    const program = await engine.compile(fn, { name: "both", inputs, state });
    program.load(zerosLike(state));
    const given = { w: float32([2], [3, 4]), "critic.w": float32([2], critic) };
    const outputs = await program.run({ ...given, ...adamwScalars(1, 1e3, options) });
    return { norm: outputs.gradNorm?.data[0], state: await program.state() };
  }

  it("has no average, and its weights go with what the optimizer keeps", async () => {
    expect(Object.keys(state).filter((name) => name.startsWith("ema/"))).toEqual(["ema/w"]);
    const kept = Object.keys(optimizerOf((await stepped([1, 1])).state)).sort();
    const own = ["adam.m/critic.w", "adam.m/w", "adam.v/critic.w", "adam.v/w", "model/critic.w"];
    expect(kept).toEqual(own);
  });

  it("is clipped by itself: however large its gradient, the model's step and norm are the same", async () => {
    const [calm, wild] = [await stepped([0.3, 0.4]), await stepped([3e4, 4e4])];
    expect([wild.norm, wild.state["model/w"]]).toEqual([calm.norm, calm.state["model/w"]]);
    expect(calm.norm).toBeCloseTo(5, 5);
    expect(calm.state["model/critic.w"]?.data[0]).toBeCloseTo(-0.3, 2);
    expect(wild.state["model/critic.w"]?.data[0]).toBeCloseTo(-0.6, 2);
    expect(wild.state["model/w"]?.data[0]).toBeCloseTo(-0.6, 2);
  });
});

describe("emaDecayAt", () => {
  it("warms up from 2/11 and stops at the decay", () => {
    expect(emaDecayAt(1, 0.9999)).toBe(2 / 11);
    expect(emaDecayAt(90, 0.9999)).toBe(0.91);
    expect(emaDecayAt(1e9, 0.9999)).toBe(0.9999);
    expect(emaDecayAt(50, 0.5)).toBe(0.5);
  });
});
