/**
 * @file `core sample`: text from a checkpoint, from nothing, after a prompt, or into the holes of a text.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import { z } from "zod";
import { assetPath } from "./assets.js";
import { loadWeights, newestCheckpoint, readCheckpointState } from "./checkpoint/layout.js";
import { defineCommand } from "./cli/command.js";
import { engineFlags } from "./engine/flags.js";
import { openEngine } from "./engine/select.js";
import { userError } from "./errors.js";
import type { ModelConfig } from "./model/presets.js";
import { canvasOf } from "./sampler/canvas.js";
import { type ChosenSampler, parseSampler, samplerChoices, sampleWith } from "./sampler/choose.js";
import { type Denoiser, openDenoiser } from "./sampler/denoiser.js";
import { legend, renderRow } from "./sampler/reveals.js";
import { roundSchedule } from "./sampler/roundSchedule.js";
import { loadTokenizer, type Tokenizer } from "./text/tokenizer.js";

const options = z.object({
  checkpoint: z.string().optional().describe("folder of a checkpoint or of a round; default: the embedded teacher"),
  weights: z.enum(["raw", "ema"]).default("raw").describe("which weights of the checkpoint"),
  early: z.string().optional().describe("another round's folder, whose student takes the first steps"),
  earlyShare: z.number().positive().max(0.999).default(0.5).describe("share of the steps that --early takes"),
  prompt: z.string().optional().describe("text that the row begins with"),
  infill: z.string().optional().describe('text with holes of so many tokens, as in "And God said, [8] and it was so."'),
  tokens: z.int().min(2).optional().describe("tokens of the row; default: the infill's, else the model's length"),
  steps: z.int().positive().default(32).describe("sampling steps"),
  sampler: z
    .string()
    .default("ancestral")
    .describe(`one of ${samplerChoices.join(", ")}; NAME:VALUE sets its parameter`),
  temperature: z.number().positive().default(1).describe("of the token draws; 1 is the model itself"),
  topP: z.number().positive().max(1).default(1).describe("draw from the likeliest tokens of this mass; 1: from all"),
  showSteps: z.boolean().default(false).describe("print the text after each step that changes it"),
  n: z.int().positive().default(1).describe("samples"),
  seed: z.int().nonnegative().default(1).describe("seed of the samples"),
  tokenizer: z.string().optional().describe("tokenizer.json of the checkpoint; default: found by its hash"),
  ...engineFlags,
  root: z.string().default(".sdtt").describe("folder in whose data the tokenizer is looked for too"),
});
type Options = z.output<typeof options>;

/** Colours only on a terminal; NO_COLOR and FORCE_COLOR say otherwise. */
function terminalColours() {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return pc.createColors(!NO_COLOR && (forced || process.stdout.isTTY === true));
}
type Colours = ReturnType<typeof terminalColours>;

function openStudent(given: string, weights: "raw" | "ema") {
  const folder = existsSync(join(given, "state.json")) ? given : (newestCheckpoint(given) ?? given);
  const { state, hashes } = readCheckpointState(folder);
  const where = `checkpoint ${folder}`;
  const model = state.model as ModelConfig;
  if (model.kind !== "dit" || model.causal) {
    throw userError(
      where,
      "sampling in steps needs a denoiser",
      "a model that reads from left to right",
      "Give another.",
    );
  }
  const part = weights === "ema" ? "ema" : "model";
  const tensors = loadWeights(folder, part);
  if (!tensors)
    throw userError(where, "there must be EMA weights", "raw ones only (flag --weights)", "Use --weights=raw.");
  return { folder, where, model, tensors, tokenizerHash: String(state.tokenizerHash), hash: hashes[part] as string };
}
type Student = ReturnType<typeof openStudent>;

/** Given, or of the recorded hash beside the checkpoint, among the assets, or in a folder of ROOT/data. */
function tokenizerFor({ folder, where, tokenizerHash }: Student, { tokenizer: given, root }: Options): Tokenizer {
  const data = join(root, "data");
  const prepared = existsSync(data)
    ? readdirSync(data)
        .sort()
        .map((name) => join(data, name))
    : [];
  const all = [folder, assetPath("teacher"), ...prepared].filter((at) => existsSync(join(at, "tokenizer.json")));
  const places = given ? [given] : all;
  const found = places.map(loadTokenizer);
  const own = found.find(({ hash }) => hash === tokenizerHash);
  if (own) return own;
  const got = found[0] ? found[0].hash.slice(0, 12) : `none beside it or in ${root}/data`;
  const rule = `the tokenizer must be the one it was trained with (${tokenizerHash.slice(0, 12)})`;
  throw userError(where, rule, got, "Give it: --tokenizer=FILE.");
}

/** Prints after each step that changed something; keeps which step revealed each token. */
function watcher(length: number, o: Options, tokenizer: Tokenizer, colours: Colours) {
  const steps = new Int32Array(length);
  let before: Int32Array | undefined;
  return (step: number, ids: Int32Array) => {
    let changes = 0;
    ids.forEach((token, i) => {
      if (before ? token === before[i] : token === tokenizer.maskId) return;
      if (!before) return;
      changes++;
      steps[i] = token === tokenizer.maskId ? 0 : step;
    });
    before = ids.slice();
    if (changes === 0) return;
    const head = colours.dim(`— step ${step} of ${o.steps}`);
    process.stdout.write(`${head}\n${renderRow(ids, steps, o.steps, tokenizer, colours)}\n`);
  };
}

async function print(o: Options, denoiser: Denoiser, tokenizer: Tokenizer, sampler: ChosenSampler, row: Int32Array) {
  const colours = terminalColours();
  const out = (text: string) => process.stdout.write(text);
  const common = {
    ...{ numSteps: o.steps, length: row.length, seed: o.seed },
    temperature: o.temperature,
    topP: o.topP,
  };
  out(legend(o.steps, colours));
  for (let first = 0; first < o.n; first++) {
    const watch = o.showSteps ? watcher(row.length, o, tokenizer, colours) : undefined;
    watch?.(
      0,
      row.map((token) => (token < 0 ? denoiser.maskId : token)),
    );
    const onStep = watch && { onStep: watch };
    const set = await sampleWith(sampler, denoiser, { ...common, batch: 1, first, fixed: row, ...onStep });
    const head = `— sample ${first + 1} of ${o.n} · seed ${o.seed} · ${sampler.written} · ${set.nfe[0]} evaluations`;
    out(`${colours.dim(head)}\n${renderRow(set.ids, set.revealSteps, o.steps, tokenizer, colours)}\n`);
  }
}

export const sampleText = defineCommand({
  name: "sample",
  summary: "text from a checkpoint: from nothing, after a prompt, or into the holes of a text",
  options,
  async run(o) {
    const sampler = parseSampler(o.sampler);
    const late = openStudent(o.checkpoint ?? assetPath("teacher"), o.weights);
    const early = o.early === undefined ? undefined : openStudent(o.early, o.weights);
    const tokenizer = tokenizerFor(late, o);
    if (early && early.tokenizerHash !== late.tokenizerHash) {
      const got = `${early.tokenizerHash.slice(0, 12)} beside ${late.tokenizerHash.slice(0, 12)}`;
      throw userError(early.where, "all students must share their tokenizer", got, "Give students of one teacher.");
    }
    const row = canvasOf(o, tokenizer, late.model.length);
    const engine = await openEngine(o.engine, o);
    const open = ({ model, tensors }: Student) => openDenoiser(engine, model, tensors);
    const parts = early && [
      { denoiser: open(early), until: o.earlyShare },
      { denoiser: open(late), until: 1 },
    ];
    const denoiser = parts ? roundSchedule(parts) : open(late);
    try {
      await print(o, denoiser, tokenizer, sampler, row);
    } finally {
      denoiser.dispose();
    }
  },
});
