/**
 * @file Part B of MDLM: a few updates by the trainer that `pretrain` runs, on recorded times and masks.
 */
import { specsOfTensors } from "@sdtt/core/base";
import { maskTokens, nllLoss, sampleTimes, weightedNll } from "@sdtt/core/diffusion";
import { type AdamWOptions, emaDecayAt } from "@sdtt/core/optim";
import {
  freshState,
  nelboBatch,
  type Task,
  type TrainPoint,
  type TrainState,
  timed,
  train,
} from "@sdtt/distill/training";
import { z } from "zod";
import { type Check, type Context, flatten, noiseEps, tokens } from "./context.js";
import { firstGradients, tokenNlls } from "./firstGradients.js";
import type { Part } from "./folder.js";
import { recorded } from "./published.js";
import { close, largest, type Row, same, timeTolerance, tolerances } from "./rows.js";
import { largestOf, outliersFrom, tensorRow } from "./tensorRows.js";

const stepSchema = z.looseObject({
  u_t: z.array(z.number()),
  t: z.array(z.number()),
  u_mask: z.array(z.array(z.number())),
  xt: tokens,
  nlls: z.array(z.array(z.number())),
  loss_fp32: z.number(),
  loss_fp64: z.number(),
  grad_norm_fp32: z.number(),
  grad_norm_fp64: z.number(),
  ema_decay_used: z.number(),
});
const metaSchema = z.looseObject({
  x0: tokens,
  sampling_eps: z.number(),
  noise_eps: noiseEps,
  lr: z.number(),
  betas: z.tuple([z.number(), z.number()]),
  eps: z.number(),
  weight_decay: z.number(),
  grad_clip_norm: z.number(),
  ema_decay: z.number(),
  steps: z.array(stepSchema).min(1),
  grad_stats_step1: z.looseObject({ n: z.int(), clip_coef: z.number() }).optional(),
});
type Meta = z.output<typeof metaSchema>;
type Step = z.output<typeof stepSchema>;

const adamwOf = (meta: Meta): AdamWOptions => ({
  beta1: meta.betas[0],
  beta2: meta.betas[1],
  eps: meta.eps,
  weightDecay: meta.weight_decay,
  clip: meta.grad_clip_norm,
  emaDecay: meta.ema_decay,
});

/** MDLM draws an offset a row, (uᵢ + i)/B; `sampleTimes` shares one, (u + i/B) mod 1: row i of u = uᵢ/B. */
function timesOf({ u_t: draws }: Step, eps: number): number[] {
  const B = draws.length;
  return draws.map((u, i) => sampleTimes(recorded([u / B]), B, eps)[i] as number);
}

function noiseRows({ model }: Context, meta: Meta, step: Step, n: number): Row[] {
  const draws = recorded(step.u_mask.flat());
  const xt = maskTokens(draws, flatten(meta.x0), Float64Array.from(step.t), model.vocabSize - 1);
  return [
    close(`update ${n} t`, timesOf(step, meta.sampling_eps), step.t, timeTolerance),
    same(`update ${n} xt`, xt, flatten(step.xt)),
    close(`update ${n} EMA decay`, [emaDecayAt(n, meta.ema_decay)], [step.ema_decay_used], timeTolerance),
  ];
}

const batchOf = (meta: Meta, step: Step, maskId: number) =>
  nelboBatch(timed({ x0: flatten(meta.x0), t: Float64Array.from(step.t), xt: flatten(step.xt) }), maskId);

/** The recorded batches as a task for the trainer. */
function taskOf({ model }: Context, meta: Meta): Task {
  const [sequences, length] = [meta.x0.length, meta.x0[0]?.length as number];
  return {
    label: "parity",
    model,
    tokensPerUpdate: sequences * length,
    loss: nllLoss(model),
    async batch(n, cursor) {
      return { parts: [async () => batchOf(meta, meta.steps[n - 1] as Step, model.vocabSize - 1)], cursor };
    },
  };
}

/** The states before the first update and after each, and the losses between them. */
async function trained(context: Context, meta: Meta): Promise<{ points: TrainPoint[]; states: TrainState[] }> {
  const weights = context.weights(context.teacherName);
  const start = freshState(weights);
  const points: TrainPoint[] = [];
  const states = [start];
  const updates = meta.steps.length;
  const schedule = { name: "constant", peak: meta.lr, warmup: 0, updates } as const;
  const options = { updates, schedule, adamw: adamwOf(meta), checkpointEvery: 1 };
  await train(context.engine, taskOf(context, meta), start, options, {
    onPoints: (more) => points.push(...more),
    async onCheckpoint(state) {
      states.push(state);
    },
    stopping: () => false,
  });
  return { points, states };
}

async function updateRows(context: Context, meta: Meta, n: number, before: TrainState, { loss, gradNorm }: TrainPoint) {
  const { tolerance } = context;
  const step = meta.steps[n - 1] as Step;
  const nlls = await tokenNlls(context, before.model, flatten(meta.x0), step.xt);
  const unweighted = step.nlls.flatMap((row, i) => row.map((value) => value * (step.t[i] as number)));
  const losses = [step.loss_fp32, step.loss_fp64];
  const norms = [step.grad_norm_fp32, step.grad_norm_fp64];
  return [
    ...noiseRows(context, meta, step, n),
    close(`update ${n} nll · t`, nlls, unweighted, tolerance(tolerances.logProbs, largest(unweighted))),
    close(`update ${n} loss`, [loss, loss], losses, tolerance(tolerances.nelbo, largest(losses))),
    close(`update ${n} gradient norm`, [gradNorm, gradNorm], norms, tolerance(tolerances.gradNorm, largest(norms))),
  ];
}

const stateFile = /^(params|ema)\.after(\d+)\.safetensors$/;

function stateRows({ tolerance }: Context, part: Part, meta: Meta, states: readonly TrainState[]): Row[] {
  const norm = meta.steps[0]?.grad_norm_fp64 as number;
  const gradients = part.weights("grads.step1.safetensors");
  return part.files().flatMap((file) => {
    const [, kind, count] = stateFile.exec(file) ?? [];
    const state = states[Number(count)];
    if (!kind || !state) return [];
    const published = part.weights(file);
    const outliers = outliersFrom(gradients, Math.min(1, meta.grad_clip_norm / norm), meta.lr * Number(count));
    const name = `${kind === "ema" ? "EMA" : "parameters"} after ${count}`;
    const got = kind === "ema" ? state.ema : state.model;
    return [tensorRow(name, got, published, tolerance(tolerances.parameters, largestOf(published)), outliers)];
  });
}

async function gradientRows(context: Context, part: Part, meta: Meta, { gradNorm }: TrainPoint): Promise<Row[]> {
  const step = meta.steps[0] as Step;
  const published = part.weights("grads.step1.safetensors");
  const batch = batchOf(meta, step, context.model.vocabSize - 1);
  const weights = context.weights(context.teacherName);
  const got = await firstGradients(
    context.engine,
    weightedNll(context.model),
    weights,
    specsOfTensors(batch.inputs),
    batch.inputs,
  );
  const tolerance = context.tolerance(tolerances.nelboGradients, largestOf(published));
  const rows: Row[] = [tensorRow("update 1 gradients", got, published, tolerance)];
  if (!meta.grad_stats_step1) return rows;
  const { n, clip_coef: clip } = meta.grad_stats_step1;
  const factor = Math.min(1, meta.grad_clip_norm / (gradNorm + 1e-6));
  const count = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
  const clipTolerance = context.tolerance(tolerances.gradNorm, gradNorm);
  return [...rows, same("parameters, how many", [count], [n]), close("update 1 clip", [factor], [clip], clipTolerance)];
}

export const trainingChecks: Check = async (context, part) => {
  const meta = part.json("meta.json", metaSchema);
  const { points, states } = await trained(context, meta);
  const rows: Row[] = [];
  for (const [i, point] of points.entries()) {
    rows.push(...(await updateRows(context, meta, i + 1, states[i] as TrainState, point)));
  }
  const gradients = await gradientRows(context, part, meta, points[0] as TrainPoint);
  return [...rows, ...gradients, ...stateRows(context, part, meta, states)];
};
