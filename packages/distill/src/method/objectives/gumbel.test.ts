/** @file Coupled draws: what is told, the loss and its gradient against their definitions, and a run that is stopped. */
import type { Tensor } from "@sdtt/core/base";
import { weightsHash } from "@sdtt/core/checkpoint";
import { subsLogProbs } from "@sdtt/core/diffusion";
import { openEngine } from "@sdtt/core/engine";
import { logitsOf, modelParameters, noiseWeight } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import { lossAndGradients, wholeLoss } from "@sdtt/core/optim";
import { type Denoiser, openDenoiser, parseSampler, sampleWith } from "@sdtt/core/sampler";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { keeping, tinyCausal, tinyGumbel, tinyModel, tinyRound, tinyToldStart } from "../../tiny.fixture.js";
import { asTensors, inputsOf, shortTraining } from "../../training/short.fixture.js";
import { freshState, train } from "../../training/train.js";
import { gumbelTask } from "./gumbel.js";

const options = shortTraining(8);
const { length, vocabSize: V } = tinyModel;

describe("coupled draws", () => {
  it("tell masked positions the noise that the causal network would have drawn the row by, and a row in ten nothing", async () => {
    const engine = await openEngine("reference");
    const causal = tinyCausal(engine);
    const task = tinyGumbel(engine);
    let untold = 0;
    for (let n = 1; n <= 20; n++) {
      const { ids, positions, targets, weights, noise } = await inputsOf(task, n);
      const x0 = (ids as Tensor).data.slice() as Int32Array;
      positions?.data.forEach((position, k) => {
        if (Number(weights?.data[k]) > 0) x0[Number(position)] = Number(targets?.data[k]);
      });
      for (const [k, at] of [...(positions?.data ?? [])].map(Number).entries()) {
        const told = ((noise as Tensor).data as Float32Array).subarray(k * (V - 1), (k + 1) * (V - 1));
        const sum = told.reduce((all, x) => all + x, 0);
        if (Number(weights?.data[k]) === 0) expect(sum).toBe(0);
        else if (sum === 0) untold++;
        else {
          expect(sum).toBeCloseTo(1, 5);
          if (at % length === 0) continue;
          const logits = (await causal.logits(x0, x0.length / length, [at - 1])).subarray(0, V - 1);
          const race = Array.from(logits, (logit, v) => logit + Math.log(told[v] as number));
          expect(race.indexOf(Math.max(...race))).toBe(x0[at]);
        }
      }
    }
    expect(untold).toBeGreaterThan(0);
  });

  it("have the mean of −ln p(x0 | xt, noise) as their loss, and its gradient is that of differences", async () => {
    const engine = await openEngine("onnx");
    const task = tinyGumbel(engine, { dropout: 0 });
    const hooks = keeping();
    const { model } = tinyToldStart(0.5);
    const start = { ...tinyToldStart(0.5), model };
    await train(engine, task, start, { ...options, updates: 1 }, hooks);
    const made = await inputsOf(task);
    await openEngine("reference");
    const inputs = asTensors(made);
    const params = asTensors(model);
    const plain = (at: Record<string, tf.Tensor>) => {
      const logProbs = subsLogProbs(logitsOf(at, task.model, task.loss.hidden(at, inputs))).arraySync() as number[][];
      return logProbs.reduce((sum, row, k) => {
        return sum - Number(made.weights?.data[k]) * (row[Number(made.targets?.data[k])] as number);
      }, 0);
    };
    expect(hooks.points[0]?.loss).toBeCloseTo(plain(params), 5);
    const { gradients } = lossAndGradients(params, (p) => wholeLoss(task.loss)(p, inputs));
    for (const name of [noiseWeight, "vocab_embed.embedding", "blocks.0.attn_qkv.weight"]) {
      const slope = gradients[name] as tf.Tensor;
      const size = Number(tf.norm(slope).dataSync()[0]);
      const step = tf.mul(slope, 0.02 / size);
      const moved = (sign: number) =>
        plain({ ...params, [name]: tf.add(params[name] as tf.Tensor, tf.mul(step, sign)) });
      expect((moved(1) - moved(-1)) / 0.04 / size).toBeCloseTo(1, 2);
    }
  });

  it("begin as the teacher, see SDTT's rows and masks, and go on after a stop byte for byte", async () => {
    const engine = await openEngine("onnx");
    const whole = await train(engine, tinyGumbel(engine), tinyToldStart(), options, keeping());
    const first = await train(engine, tinyGumbel(engine), tinyToldStart(), options, keeping(3));
    expect(first.update).toBeLessThan(options.updates);
    const end = await train(engine, tinyGumbel(engine), first, options, keeping());
    expect([end.model, end.ema].map(weightsHash)).toEqual([whole.model, whole.ema].map(weightsHash));
    expect(Math.max(...((whole.model[noiseWeight] as Tensor).data as Float32Array))).toBeGreaterThan(0);
    const sdtt = tinyRound(engine, { round: 1, divergence: "reverse-kl", dt: 0.25, substeps: 2, grid: "paper" });
    expect((await inputsOf(tinyGumbel(engine))).ids).toEqual((await inputsOf(sdtt)).ids);
  });
});

it("a student learns to read from noise which row of one token out of three is meant, and draws it in one step", async () => {
  const engine = await openEngine("onnx", { threads: 1 });
  const shape = { vocabSize: 4, length: 3, width: 16, dropout: 0 };
  const model = { ...tinyModel, ...shape, noise: { law: "gumbel", size: 3 } } as const;
  const ids = Uint16Array.from({ length: 900 }, (_, i) => Math.floor(i / 3) % 3);
  const shard = { ids, count: ids.length, vocabSize: 3, tokenizerHash: "", corpusHash: "", rowLength: 3 };
  // What follows a token is that token.
  const causal: Denoiser = {
    ...{ vocabSize: 4, maskId: 3, length: 3, dispose() {} },
    logits: async (xt, _rows, positions) =>
      Float32Array.from(positions.flatMap((at) => [0, 1, 2, 3].map((v) => (v === xt[at] ? 0 : -30)))),
  };
  const task = gumbelTask(causal, model, { shard, sequences: 16, length: 3, seed: 3 }, 1);
  const updates = 500;
  const schedule = { name: "cosine", peak: 0.02, warmup: 5, updates } as const;
  const start = freshState(initialise(modelParameters(model), 4));
  const settings = { ...options, updates, schedule, checkpointEvery: 1000 };
  const { model: weights } = await train(engine, task, start, settings, keeping());
  const student = openDenoiser(engine, model, weights);
  const drawn = await sampleWith(parseSampler("ancestral"), student, { numSteps: 1, batch: 300, seed: 2 });
  const rows = Array.from({ length: 300 }, (_, i) => drawn.ids.subarray(3 * i, 3 * i + 3));
  const valid = rows.filter(([a, b, c]) => a === b && b === c);
  expect(valid.length).toBeGreaterThan(0.7 * 300);
  for (const token of [0, 1, 2]) expect(valid.filter(([a]) => a === token).length).toBeGreaterThan(50);
});
