/** @file What is timed, and at which size: the flags of `bench`, with the peer's defaults. */
import { engineFlags, productsFlag } from "@sdtt/core/engine";
import { ditPreset, type ModelConfig, presetNames } from "@sdtt/core/model";
import { z } from "zod";

export const caseNames = ["mdlm_update", "sdtt_update", "sample", "ar_kv"] as const;
export type CaseName = (typeof caseNames)[number];

const sizeOptions = {
  width: z.int().positive().default(256).describe("D"),
  blocks: z.int().positive().default(4).describe("transformer blocks"),
  heads: z.int().positive().default(4).describe("attention heads"),
  length: z.int().positive().default(128).describe("L, tokens a sequence"),
  vocab: z.int().positive().default(4096).describe("tokens without the mask"),
  size: z.enum(presetNames).optional().describe("a published size, in place of width, blocks, heads and vocab"),
  sequences: z.int().positive().default(16).describe("B, sequences at once"),
};

export const options = z.object({
  ...sizeOptions,
  steps: z.array(z.int().positive()).min(1).default([8, 32, 128]).describe("sampling step counts, as in 8,32"),
  substeps: z.int().positive().default(2).describe("m, teacher steps of an SDTT update"),
  repeats: z.int().min(1).default(5).describe("timed runs of each; the warm-up comes on top"),
  only: z
    .array(z.enum(caseNames))
    .min(1)
    .default([...caseNames])
    .describe("what to time, as in mdlm_update,ar_kv"),
  peer: z.string().optional().describe("a Python script to run in turn with this, for a table of ratios"),
  python: z.string().default("python3").describe("the interpreter of --peer"),
  peerFlags: z.array(z.string()).default([]).describe("further flags of --peer's script, as in --compile"),
  rounds: z
    .int()
    .positive()
    .default(3)
    .describe("how often either side runs with --peer, or an update is profiled with --profile"),
  out: z.string().optional().describe("a new folder for what both sides print, with --peer"),
  table: z
    .boolean()
    .default(false)
    .describe("with --peer: every cell of the table of ratios at both of its sizes; goes on in --out where it was"),
  minutes: z.number().positive().default(12).describe("with --table: no further round of a cell after so many minutes"),
  againstAr: z
    .boolean()
    .default(false)
    .describe("time 32 tokens a step against the AR baseline with its cache instead"),
  batches: z.array(z.int().positive()).min(1).default([1]).describe("sequences at once, with --against-ar"),
  profile: z.boolean().default(false).describe("break an update of each kind down by operator instead (onnx)"),
  ...engineFlags,
  ...productsFlag,
  json: z.boolean().default(false).describe("print JSON instead of a table"),
});

export type Options = z.output<typeof options>;
export type Size = Pick<Options, "width" | "blocks" | "heads" | "length" | "vocab" | "sequences">;

/** Ids of GPT-2's tokenizer, which the published sizes are for. */
const publishedVocabulary = 50_257;

/** The options with a published size's numbers in them. */
export function withSize(o: Options): Options {
  if (!o.size) return o;
  const { width, blocks, heads } = ditPreset(o.size, { vocabSize: publishedVocabulary + 1 });
  return { ...o, width, blocks, heads, vocab: publishedVocabulary };
}

/** The denoiser of a size; the peer has no dropout either. */
export function modelOf({ width, blocks, heads, length, vocab }: Size, causal = false) {
  const rest = { conditioning: 128, dropout: 0, causal } as const;
  return { kind: "dit", width, blocks, heads, length, vocabSize: vocab + 1, ...rest } as const satisfies ModelConfig;
}
