/**
 * @file `core export`: a checkpoint of ours becomes a folder that the published loaders read.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "../base/errors.js";
import type { TensorMap } from "../base/tensor.js";
import { weightsChoices } from "../checkpoint/chosenWeights.js";
import { cardName, cardOf, lineageName, recordedOf } from "../checkpoint/exported.js";
import { type FoundCheckpoint, findCheckpoint, modelText, sayNotes } from "../checkpoint/find.js";
import { loadWeights, saveCheckpoint } from "../checkpoint/layout.js";
import { ownName, publishedNames } from "../checkpoint/published/format.js";
import { publishedFormats } from "../checkpoint/published/formats.js";
import { writePublished } from "../checkpoint/published/write.js";
import { defineCommand } from "../cli/command.js";
import { rootFolder } from "../cli/rootFolder.js";
import { refuseExisting } from "../files/folder.js";
import { modelParameters } from "../model/presets.js";
import { parameterCount } from "../nn/params.js";
import { tokenizerOf } from "../text/tokenizer/find.js";
import { loadTokenizer } from "../text/tokenizer/tokenizer.js";

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
  tokenizer: z.string().optional().describe("tokenizer.json to put beside; default: found by its hash; none: no one"),
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder in whose data the tokenizer is looked for too"),
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

/** Text of the tokenizer that the model was trained with; undefined where it is known to have none. */
function tokenizerText(o: Options, { path, state }: FoundCheckpoint): string | undefined {
  if (o.tokenizer === "none") return undefined;
  const hash = String(state.tokenizerHash ?? "");
  if (hash !== "") return tokenizerOf({ path, tokenizerHash: hash }, { given: o.tokenizer, root: o.root }).json;
  // One that was imported without a tokenizer takes whichever is given, or was put beside it.
  const place = o.tokenizer ?? [join(path, "tokenizer.json")].find(existsSync);
  return place && loadTokenizer(place).json;
}

const kinds = {
  gpt2: "an autoregressive judge",
  causal: "an autoregressive model",
  dit: "a masked-diffusion denoiser",
  own: "a masked-diffusion denoiser of an architecture of its own",
};

/** Tokenizer, card and lineage. */
function besideWeights(o: Options, found: FoundCheckpoint): Record<string, string | undefined> {
  const model = found.state.model;
  const kind = kinds[model.kind === "dit" && model.causal ? "causal" : model.kind];
  const recorded = recordedOf(found.state, found.hash, o.dtype);
  const tokenizer = tokenizerText(o, found);
  const hasTokenizer = tokenizer !== undefined;
  const parameters = parameterCount(modelParameters(model));
  const card = cardOf({ ...recorded, what: kind, weights: found.inWords, layout: o.format, parameters, hasTokenizer });
  const lineage = o.format === ownName ? undefined : `${JSON.stringify(recorded, null, 2)}\n`;
  return { "tokenizer.json": tokenizer, [cardName]: card, [lineageName]: lineage };
}

export const exportCheckpoint = defineCommand({
  name: "export",
  summary: "write a checkpoint as a published format (MDLM, SDTT, GPT-2), with tokenizer, card and lineage",
  options,
  rules: checkOptions,
  async run(o) {
    const found = findCheckpoint(o.checkpoint, o.weights);
    sayNotes(found);
    const { state, weights } = found;
    const beside = besideWeights(o, found);
    const tensors = loadWeights(found.path, found.part) as TensorMap;
    // Without optimizer and the other weights: what a reader of the weights needs.
    if (o.format === ownName) saveCheckpoint(o.out, { model: tensors, state: { ...state, weights }, beside });
    else {
      const shardBytes = bytesFrom(o.maxShardSize ?? "5GB");
      const written = { format: o.format, floats: floatTypes[o.dtype], shardBytes, beside };
      writePublished(o.out, state.model, tensors, written);
    }
    process.stdout.write(`${modelText(found)} as ${o.format}, ${o.dtype}: ${o.out}\n`);
    if (beside["tokenizer.json"] !== undefined) return;
    process.stdout.write("no tokenizer goes with it: evaluations and samples need one, see --tokenizer\n");
  },
});
