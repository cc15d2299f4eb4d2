/**
 * @file Part A: the denoiser's conditioning, residual stream, logits and log-probabilities, for each set of weights.
 *
 * With a σ for each sequence as published, and, where all σ are equal to 0, once more through the denoiser that
 * samples, whose conditioning is folded into the weights.
 */
import { float32, int32, type Tensor, userError } from "@sdtt/core/base";
import { maskedPositions } from "@sdtt/core/diffusion";
import type { Program, TensorFunction } from "@sdtt/core/engine";
import { conditioning, ditHead, ditTrunk, modelParameters } from "@sdtt/core/model";
import { specsOf } from "@sdtt/core/nn";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { type Check, type Context, type DitModel, flatten, tokens } from "./context.js";
import type { Part } from "./folder.js";
import { close, largest, type Row, tolerances } from "./rows.js";
import { logProbsOf, subsRows } from "./subsRows.js";

const inputsSchema = z.looseObject({ ids: tokens });

/** One forward pass: `cond`, `embed`, `block0`, …, `logits`. */
const forward =
  (model: DitModel): TensorFunction =>
  (inputs) => {
    const c = conditioning(inputs, inputs.sigma as tf.Tensor1D);
    const seen: Record<string, tf.Tensor> = {};
    const observe = (block: number, h: tf.Tensor) => {
      seen[block < 0 ? "embed" : `block${block}`] = tf.clone(h);
    };
    const logits = ditHead(inputs, ditTrunk(inputs, model, inputs.ids as tf.Tensor, { conditioning: c, observe }), c);
    return { ...seen, cond: tf.clone(c), logits };
  };

interface Pass {
  readonly weights: string;
  readonly sigmas: string;
  readonly ids: number[][];
  readonly sigma: number[];
}

async function rowsOf(context: Context, part: Part, program: Program, pass: Pass): Promise<Row[]> {
  const { model, engine } = context;
  const { weights, sigmas, ids, sigma } = pass;
  const xt = flatten(ids);
  program.load(context.weights(weights));
  const outputs = await program.run({
    ids: int32([ids.length, xt.length / ids.length], xt),
    sigma: float32([sigma.length], sigma),
  });
  const prefix = `${weights}.${sigmas}.`;
  const name = `${weights} ${sigmas}`;
  const published = part.array(`${prefix}logits.npy`).data;
  const tolerance = context.tolerance(tolerances.forward, largest(published));
  const activations = part
    .files()
    .flatMap((file) => (file.startsWith(`${prefix}act.`) ? [file.split(".act.")[1] as string] : []));
  const rows = activations.map((file) => {
    const layer = file.replace(/\.npy$/, "");
    const found = outputs[layer];
    if (!found) throw userError("parity", "activations must be of layers", `${prefix}act.${file}`, "Check the folder.");
    return close(`${name} ${layer}`, found.data, part.array(`${prefix}act.${file}`).data, tolerance);
  });
  const logits = (outputs.logits as Tensor).data as Float32Array;
  rows.push(close(`${name} logits`, logits, published, tolerance));
  const masked = maskedPositions(xt, model.vocabSize - 1);
  const at = (all: ArrayLike<number>, chosen: readonly number[]) =>
    chosen.flatMap((i) => Array.from({ length: model.vocabSize }, (_, v) => all[i * model.vocabSize + v] as number));
  if (sigma.every((value) => value === 0)) {
    const everywhere = Array.from(xt.keys());
    const folded = await context.denoiser(weights).logits(xt, ids.length, everywhere);
    rows.push(close(`${name} logits, folded`, folded, published, tolerance, "as sampled"));
  }
  const logProbs = await logProbsOf(engine, at(logits, masked), model.vocabSize);
  const subs = { name: `${name} log-probs`, xt, logProbs, published: part.array(`${prefix}logprobs.npy`).data };
  return [...rows, ...subsRows({ ...subs, tolerance: () => tolerance })];
}

export const ditChecks: Check = async (context, part) => {
  const inputs = part.json("inputs.json", inputsSchema);
  const { ids } = inputs;
  const sigmaNames = Object.keys(inputs).filter((name) => name.startsWith("sigma"));
  const { engine, model } = context;
  const program = await engine.compile(forward(model), {
    name: "forward",
    inputs: {
      ids: { shape: [ids.length, ids[0]?.length ?? 0], dtype: "int32" },
      sigma: { shape: [ids.length], dtype: "float32" },
    },
    state: specsOf(modelParameters(model)),
  });
  const rows: Row[] = [];
  for (const weights of context.weightNames) {
    for (const sigmas of sigmaNames) {
      const sigma = z.array(z.number()).parse(inputs[sigmas]);
      rows.push(...(await rowsOf(context, part, program, { weights, sigmas, ids, sigma })));
    }
  }
  program.dispose();
  return rows;
};
