/**
 * @file `core export`: a checkpoint of ours becomes a folder that the published loaders read.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "../base/errors.js";
import type { TensorMap } from "../base/tensor.js";
import { weightsChoices } from "../checkpoint/chosenWeights.js";
import { type FoundCheckpoint, findCheckpoint, modelText, sayNotes } from "../checkpoint/find.js";
import { loadWeights, saveCheckpoint } from "../checkpoint/layout.js";
import { ownName, publishedNames } from "../checkpoint/published/format.js";
import { publishedFormats } from "../checkpoint/published/formats.js";
import { writePublished } from "../checkpoint/published/write.js";
import { defineCommand } from "../cli/command.js";
import { refuseExisting } from "../files/folder.js";
import type { ModelConfig } from "../model/presets.js";

const floatTypes = { f32: "F32", f16: "F16", bf16: "BF16" } as const;

const options = z.object({
  checkpoint: z.string().describe("folder of a checkpoint, a round or a run"),
  out: z.string().describe("folder to make; must not exist"),
  format: z.enum([...publishedNames, ownName]).describe("what to write"),
  weights: z.enum(weightsChoices).default("student").describe("which weights; student: those that its round calls so"),
  dtype: z.enum(["f32", "f16", "bf16"]).default("f32").describe("what the weights are written as"),
  maxShardSize: z
    .string()
    .regex(/^\d+(\.\d+)?(KB|MB|GB)$/, "must be a number with KB, MB or GB")
    .optional()
    .describe("largest size of a weights file, as in 5GB; default: 5GB, for SDTT none"),
});

type Options = z.output<typeof options>;

function bytesFrom(text: string): number {
  const unit = { KB: 1e3, MB: 1e6, GB: 1e9 }[text.slice(-2)] as number;
  return Number(text.slice(0, -2)) * unit;
}

/** Combinations that the format, or its published loader, cannot have. */
function checkOptions(o: Options): void {
  const { format, dtype, maxShardSize, out } = o;
  refuseExisting("export", out);
  if (format === ownName && dtype !== "f32") {
    throw userError("export", `${ownName} is float32`, dtype, "Leave out --dtype, or choose another --format.");
  }
  const isOneFile = format === ownName || publishedFormats[format].isOneFile;
  if (isOneFile && maxShardSize) {
    throw userError("export", `${format} is one file`, `--max-shard-size=${maxShardSize}`, "Leave it out.");
  }
}

/** Without optimizer and the other weights: what a reader of the weights needs. */
function exportOwn(
  o: Options,
  tensors: TensorMap,
  { state, weights }: FoundCheckpoint,
  tokenizer: string | undefined,
): void {
  const beside = { "tokenizer.json": tokenizer };
  saveCheckpoint(o.out, { model: tensors, state: { ...state, weights }, beside });
}

export const exportCheckpoint = defineCommand({
  name: "export",
  summary: "write a checkpoint as a published format (MDLM, SDTT, GPT-2)",
  options,
  rules: checkOptions,
  async run(o) {
    const found = findCheckpoint(o.checkpoint, o.weights);
    sayNotes(found);
    const tensors = loadWeights(found.path, found.part) as TensorMap;
    const path = join(found.path, "tokenizer.json");
    const tokenizer = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    if (o.format === ownName) exportOwn(o, tensors, found, tokenizer);
    else {
      const shardBytes = bytesFrom(o.maxShardSize ?? "5GB");
      const written = { format: o.format, floats: floatTypes[o.dtype], shardBytes, ...(tokenizer && { tokenizer }) };
      writePublished(o.out, found.state.model as ModelConfig, tensors, written);
    }
    process.stdout.write(`${modelText(found)} as ${o.format}, ${o.dtype}: ${o.out}\n`);
  },
});
