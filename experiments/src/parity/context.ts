/**
 * @file What every part of the parity set is given, and the denoisers of the folder, which several parts run.
 */
import { type TensorMap, userError } from "@sdtt/core/base";
import { scheduleEps } from "@sdtt/core/diffusion";
import type { Engine } from "@sdtt/core/engine";
import type { ModelConfig } from "@sdtt/core/model";
import { type Denoiser, openDenoiser } from "@sdtt/core/sampler";
import { z } from "zod";
import { openPart, type Part } from "./folder.js";
import { type Row, roundingOf, type Tolerance, toleranceAt } from "./rows.js";

export type DitModel = Extract<ModelConfig, { kind: "dit" }>;

export interface Context {
  readonly engine: Engine;
  readonly root: string;
  readonly model: DitModel;
  /** Names of the sets of weights, ascending. */
  readonly weightNames: readonly string[];
  /** The set that the folder's config describes: the teacher of B and what B trains. */
  readonly teacherName: string;
  weights(name: string): TensorMap;
  denoiser(name: string): Denoiser;
  /** The tolerance for published values as large as `magnitude`. */
  tolerance(base: Tolerance, magnitude: number): number;
}

/** One part of the set: the rows of its quantities. */
export type Check = (context: Context, part: Part) => Promise<Row[]>;

/** What our denoiser has built in; a folder made with anything else is another architecture. */
const fixed = {
  head_dim: z.int().optional(),
  rotary_base: z.literal(10000).optional(),
  ln_eps: z.literal(1e-5).optional(),
  mlp_ratio: z.literal(4).optional(),
  frequency_embedding_size: z.literal(256).optional(),
};
const size = z.int().positive();
const inputsSchema = z.looseObject({
  config: z.looseObject({
    model: z.looseObject({
      name: z.string().optional(),
      hidden_size: size,
      n_blocks: size,
      n_heads: size,
      cond_dim: size,
      length: size,
    }),
    vocab_size: size,
    mask_index: size,
    ...fixed,
  }),
});

/** Refuses a folder made under another noise schedule than ours. */
export const noiseEps = z.literal(scheduleEps).optional();
export const tokens = z.array(z.array(z.int()));
export const flatten = (rows: readonly (readonly number[])[]): Int32Array => Int32Array.from(rows.flat());

function modelOf({ config }: z.output<typeof inputsSchema>): DitModel {
  const { model, vocab_size: vocabSize, mask_index: maskId } = config;
  if (maskId !== vocabSize - 1) {
    throw userError("parity", "the mask must be the last id", `${maskId} of ${vocabSize}`, "Give another folder.");
  }
  const { hidden_size: width, n_blocks: blocks, n_heads: heads, cond_dim: conditioning, length } = model;
  return { kind: "dit", vocabSize, width, blocks, heads, length, conditioning, dropout: 0, causal: false };
}

/** Reads which denoisers a folder has. Denoisers stay open until `close`. */
export function openContext(root: string, engine: Engine): Context & { close(): void } {
  const part = openPart(root, "dit");
  const inputs = part.json("inputs.json", inputsSchema);
  const model = modelOf(inputs);
  const weightNames = part.files().flatMap((file) => /^(.+)\.safetensors$/.exec(file)?.[1] ?? []);
  const named = inputs.config.model.name;
  const teacherName = weightNames.find((name) => name === named) ?? weightNames[0];
  if (!teacherName) throw userError("parity", "there must be weights", `none in ${part.path}`, "Check the folder.");
  const rounding = roundingOf(model);
  const denoisers = new Map<string, Denoiser>();
  const weights = (name: string) => part.weights(`${name}.safetensors`);
  return {
    ...{ engine, root, model, weightNames, teacherName, weights },
    denoiser(name) {
      const known = denoisers.get(name) ?? openDenoiser(engine, model, weights(name));
      denoisers.set(name, known);
      return known;
    },
    tolerance: (base, magnitude) => toleranceAt(base, magnitude, rounding),
    close() {
      for (const denoiser of denoisers.values()) denoiser.dispose();
    },
  };
}
