/**
 * @file Part C: whole samples, token for token after every step, from recorded uniforms.
 */
import { userError } from "@sdtt/core/base";
import { maskedPositions, timeGrid } from "@sdtt/core/diffusion";
import { denoise, type SamplerName, type StepRule, sample, samplerNames, samplers } from "@sdtt/core/sampler";
import { z } from "zod";
import { type Check, type Context, flatten, noiseEps, tokens } from "./context.js";
import type { Part } from "./folder.js";
import { publishedDraw } from "./published.js";
import { type Row, same, sameByStep } from "./rows.js";

const runSchema = z.looseObject({
  model: z.string(),
  /** Of SDTT's `sample()`; MDLM's predictor is in the run's name. */
  sampler: z.enum(samplerNames).optional(),
  kwargs: z.looseObject({ add_bos: z.boolean().optional(), add_eos: z.boolean().optional() }).optional(),
  tokens_after_each_project_fn: z.array(tokens).optional(),
  tokens_after_each_step: z.array(tokens).optional(),
  final: tokens,
  masks_left: z.array(z.int()).optional(),
});
type Run = z.output<typeof runSchema>;

const metaSchema = z.looseObject({
  num_steps: z.int().positive(),
  seq_len: z.int().positive(),
  n_samples: z.int().positive(),
  bos_eos: z.int(),
  sdtt_sampling_eps: z.number(),
  mdlm_eps: z.number(),
  noise_eps: noiseEps,
  runs: z.record(z.string(), runSchema),
  denoise_branch: z.looseObject({ input: tokens }).optional(),
});
type Meta = z.output<typeof metaSchema>;

/** MDLM's predictors; the rest of a run's name may say anything. */
function predictorOf(name: string): SamplerName {
  if (name.includes("ddpm_cache")) return "cached";
  return name.includes("analytic") ? "analytic" : "ancestral";
}

/** The rule of a run: ours, on the published times and with the published ending. */
function ruleOf(name: string, run: Run, meta: Meta): StepRule {
  const sampler = run.sampler ?? predictorOf(name);
  const end = run.sampler ? meta.sdtt_sampling_eps : meta.mdlm_eps;
  const ending = sampler === "analytic" && !run.sampler ? "draw" : "argmax";
  return { ...samplers[sampler], times: (numSteps) => timeGrid(numSteps, end), ending };
}

function uniformsOf(part: Part, name: string, { model }: Run) {
  const names = [`${name}.uniforms.npy`, `${name}_${model}.uniforms.npy`];
  const found = names.find(part.has);
  if (found) return part.array(found);
  throw userError("parity", `${name} needs its uniforms`, `no ${names.join(" nor ")}`, "Check the folder.");
}

/** Given tokens: the begin and end that SDTT writes where it is asked to. */
function fixedOf({ kwargs = {} }: Run, { n_samples: batch, seq_len: length, bos_eos: id }: Meta): Int32Array {
  const fixed = new Int32Array(batch * length).fill(-1);
  for (let row = 0; row < batch; row++) {
    if (kwargs.add_bos) fixed[row * length] = id;
    if (kwargs.add_eos) fixed[(row + 1) * length - 1] = id;
  }
  return fixed;
}

async function runRows(context: Context, part: Part, name: string, run: Run, meta: Meta): Promise<Row[]> {
  const { num_steps: numSteps, n_samples: batch, seq_len: length } = meta;
  const denoiser = context.denoiser(run.model);
  const states: Int32Array[] = [];
  const { ids } = await sample(denoiser, ruleOf(name, run, meta), {
    ...{ numSteps, batch, length, seed: 0, fixed: fixedOf(run, meta) },
    draw: publishedDraw(uniformsOf(part, name, run)),
    onStep: (_, after) => states.push(after.slice()),
  });
  const prior = run.tokens_after_each_project_fn ? [new Int32Array(batch * length).fill(denoiser.maskId)] : [];
  const ours = [...prior, ...states, ids];
  const published = run.tokens_after_each_project_fn ?? run.tokens_after_each_step ?? [];
  const rows: Row[] =
    published.length === 0 ? [] : [sameByStep(`${name} tokens after each step`, ours, published.map(flatten))];
  rows.push(same(`${name} final tokens`, ids, flatten(run.final)));
  if (!run.masks_left) return rows;
  const left = run.masks_left.map((_, i) => maskedPositions(ours[i] ?? new Int32Array(0), denoiser.maskId).length);
  return [...rows, same(`${name} masks left`, left, run.masks_left)];
}

const outputSchema = z.looseObject({ output: tokens });

async function denoiseRows(context: Context, branch: NonNullable<Meta["denoise_branch"]>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const model of context.weightNames) {
    const parsed = outputSchema.safeParse(branch[model]);
    if (!parsed.success) continue;
    const ids = await denoise(context.denoiser(model), flatten(branch.input), branch.input[0]?.length);
    rows.push(same(`denoise ${model} tokens`, ids, flatten(parsed.data.output)));
  }
  return rows;
}

export const samplerChecks: Check = async (context, part) => {
  const meta = part.json("meta.json", metaSchema);
  const rows: Row[] = [];
  for (const [name, run] of Object.entries(meta.runs)) rows.push(...(await runRows(context, part, name, run, meta)));
  return meta.denoise_branch ? [...rows, ...(await denoiseRows(context, meta.denoise_branch))] : rows;
};
