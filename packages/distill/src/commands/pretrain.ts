/**
 * @file `pretrain`: round 0. A denoiser under the NELBO, or an autoregressive baseline or judge.
 */

import { existsSync } from "node:fs";
import { type TensorMap, userError } from "@sdtt/core/base";
import { findCheckpoint, learnedText, loadWeights, sayNotes } from "@sdtt/core/checkpoint";
import { defineCommand, newName, rootFolder } from "@sdtt/core/cli";
import { checkTensors, engineFlags, openEngine, productsFlag } from "@sdtt/core/engine";
import { nameOrOwnFile, ownFileOf } from "@sdtt/core/files";
import {
  ditPreset,
  gpt2Preset,
  type ModelConfig,
  modelParameters,
  ownPreset,
  presetNames,
  selfWeight,
} from "@sdtt/core/model";
import { initialise, type Parameters, parameterCount, specsOf } from "@sdtt/core/nn";
import { dryRunFlags, printPlan } from "@sdtt/core/plan";
import { loadTokenizer, type Tokenizer } from "@sdtt/core/text";
import { roundFolder } from "@sdtt/core/workspace";
import { z } from "zod";
import { openData, preparedSource } from "../runs/data.js";
import { newestFacts, recalled } from "../runs/recall.js";
import { refuseChanged, refuseOtherSource } from "../runs/resume.js";
import { type RunFacts, resumeState } from "../runs/run.js";
import { fullSource } from "../runs/text.js";
import { distinctRows, maskingNames } from "../training/masking.js";
import { checkMicrobatch, pretrainTask } from "../training/pretrainTask.js";
import { freshState } from "../training/train.js";
import { recordedValidation, validationOf, validator } from "../training/validation.js";
import { pretrainPlan } from "./costs.js";
import { adamwOf, checkDecay, optimizerFlags, partFlags, scheduleFlags } from "./options.js";
import { openTrainingRun, trainToEnd } from "./trainingRun.js";

const options = z.object({
  name: newName().default("teacher").describe("name of the run"),
  experiment: newName().optional().describe("experiment that the run belongs to; default: the run's own name"),
  init: z
    .string()
    .optional()
    .describe("checkpoint, round or run whose raw weights training begins with; random, as without it: drawn"),
  architecture: nameOrOwnFile("architecture", ["denoiser", "ar", "judge"])
    .default("denoiser")
    .describe("denoiser, causal DiT (ar), GPT-2 (judge), or a file: a denoiser of your own (docs/extending.md)"),
  size: z.enum(presetNames).default("embedded").describe("model size"),
  blocks: z.int().positive().optional().describe("transformer blocks; default: the size's"),
  width: z.int().positive().optional().describe("width, an even multiple of heads; default: the size's"),
  heads: z.int().positive().optional().describe("attention heads; default: the size's"),
  length: z.int().positive().optional().describe("tokens per sequence; default: the size's"),
  dropout: z.number().min(0).lt(1).default(0).describe("residual dropout in training"),
  source: z.string().default("embedded").describe("text: embedded, or a file or folder as `prepare` takes"),
  tokenizer: z.string().optional().describe("tokenizer.json to use; default: train one"),
  vocab: z.int().min(257).default(512).describe("tokens of a tokenizer that is trained"),
  data: z.string().optional().describe("folder of the prepared text; default: one in ROOT/data, known by its content"),
  updates: z.int().positive().default(10000).describe("optimizer updates"),
  sequences: z.int().positive().default(16).describe("sequences per update"),
  ...partFlags,
  lr: z.number().positive().default(1e-3).describe("peak learning rate"),
  ...scheduleFlags,
  warmup: z.int().nonnegative().default(200).describe("updates of linear warm-up"),
  ...optimizerFlags,
  ema: z.number().min(0).lt(1).default(0.999).describe("decay of the exponential moving average"),
  masking: z
    .enum(maskingNames)
    .default("time")
    .describe("estimator of the denoiser's bound: by time or by count; or masked-mean, which is another objective"),
  complementary: z
    .boolean()
    .default(false)
    .describe("each row twice in an update, the second time with the complement of its masks"),
  shift: z.boolean().default(false).describe("predict a position from the one before it, as AR does (denoiser)"),
  selfConditioning: z
    .boolean()
    .default(false)
    .describe("the network is told what it said of its row in the step before (denoiser)"),
  anneal: z
    .int()
    .nonnegative()
    .default(0)
    .describe("updates over which attention opens from left-to-right to all (denoiser)"),
  easyUpdates: z.int().nonnegative().default(500).describe("first updates that mask 5-30 % only (denoiser)"),
  checkpointEvery: z.int().positive().default(500).describe("updates between checkpoints"),
  validationBatches: z.int().positive().default(16).describe("held-out batches per validation"),
  seed: z.int().nonnegative().default(1).describe("seed of everything that is drawn"),
  ...engineFlags,
  ...productsFlag,
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder of runs, data and the store"),
  ...dryRunFlags,
});

type Options = z.output<typeof options>;

function modelOf(o: Options, tokenizerSize: number): ModelConfig {
  const { dropout, blocks, width, heads, length, shift, selfConditioning } = o;
  const shape = { blocks, width, heads, length };
  if (o.architecture === "judge") return gpt2Preset(o.size, tokenizerSize, shape);
  if (ownFileOf(o.architecture)) return ownPreset(o.architecture, o.size, tokenizerSize + 1, shape);
  const causal = o.architecture === "ar";
  return ditPreset(o.size, { ...shape, vocabSize: tokenizerSize + 1, dropout, causal, shift, selfConditioning });
}

/** Tokens of the tokenizer that training would use; that of a file where there is one. */
const plannedVocabulary = ({ tokenizer, vocab }: Options): number =>
  tokenizer && existsSync(tokenizer) ? loadTokenizer(tokenizer).vocabSize : vocab;

/** Random weights, or those of a checkpoint of the same shape: an AR model's trunk may begin a denoiser's. */
function initialWeights(o: Options, parameters: Parameters): TensorMap {
  if (!o.init || o.init === "random") return initialise(parameters, o.seed);
  const found = findCheckpoint(o.init, "raw");
  sayNotes(found);
  const weights = loadWeights(found.path, found.part) as TensorMap;
  // What a network is told of itself begins at zero, whatever the rest begins with.
  const own = parameters[selfWeight] && initialise({ [selfWeight]: parameters[selfWeight] }, o.seed);
  const model = { ...own, ...weights };
  const remedy = "Give a checkpoint of this architecture and size.";
  checkTensors(`pretrain --init=${o.init}`, model, specsOf(parameters), false, remedy);
  return model;
}

/** A run that is gone on with keeps the hash that its tokenizer was recorded by. */
function recordedHash({ hash, isKnownAs }: Tokenizer, before: { readonly tokenizerHash: string } | undefined): string {
  return before && isKnownAs(before.tokenizerHash) ? before.tokenizerHash : hash;
}

const keys = Object.keys(options.shape);

/** What the run was begun with, in the place of defaults; its text and tokenizer lie where its checkpoint says. */
function recall(o: Options, given: ReadonlySet<string>): Options {
  const where = `pretrain ${o.name}`;
  const began = newestFacts(o.root, o.name, 0);
  if (!began) return { ...o, experiment: o.experiment ?? o.name };
  const text = learnedText({ ...began });
  const { tokenizer, ...config } = began.config;
  const isThere = typeof tokenizer === "string" && existsSync(tokenizer);
  const all = recalled(o, keys, given, isThere ? { ...config, tokenizer } : config);
  if (given.has("source")) refuseOtherSource(where, began, o.source);
  const source = given.has("source") || !text ? {} : { source: text.source };
  const data = given.has("data") || !text?.data || !preparedSource(text.data) ? {} : { data: text.data };
  const own = { ...all, ...source, ...data, experiment: all.experiment ?? o.name };
  refuseChanged(where, began.config, own, began.update);
  return own;
}

export const pretrain = defineCommand({
  name: "pretrain",
  summary: "train a teacher (round 0), an autoregressive baseline or a judge",
  options,
  recall,
  rules(o) {
    checkMicrobatch("pretrain", o.sequences, o.microbatch);
    checkDecay("pretrain", o);
    distinctRows(o.sequences, o);
    const isOwn = ownFileOf(o.architecture) !== undefined;
    const isTold = o.selfConditioning && "--self-conditioning";
    const ofDit = [o.shift && "--shift", isTold, o.anneal > 0 && "--anneal", o.dropout > 0 && isOwn && "--dropout"];
    const ofDenoisers = [o.complementary && "--complementary", o.masking !== "time" && "--masking"];
    const first = (isOwn ? ofDit : [...ofDit, ...ofDenoisers]).find(Boolean);
    if (o.architecture === "denoiser" || !first) return;
    const remedy = "Leave it out, or train a denoiser.";
    throw userError("pretrain", `${first} must come with --architecture=denoiser`, o.architecture, remedy);
  },
  async run(o, { config, configHash, argv }) {
    if (o.dryRun) return printPlan(pretrainPlan(modelOf(o, plannedVocabulary(o)), o), o);
    const engine = await openEngine(o.engine, o);
    const found = resumeState(roundFolder(o.root, o.name, 0));
    const learned = found?.facts.text?.data;
    const data = await openData(learned !== undefined && learned === o.data ? { ...o, source: undefined } : o);
    const model = modelOf(o, data.tokenizer.vocabSize);
    const parameters = modelParameters(model);
    const text = { source: fullSource(preparedSource(data.folder) ?? o.source), data: data.folder };
    const facts: RunFacts = {
      stage: "pretrain",
      run: o.name,
      experiment: o.experiment ?? o.name,
      command: `distill ${argv.join(" ")}`,
      round: 0,
      updates: o.updates,
      seed: o.seed,
      model,
      tokenizerHash: recordedHash(data.tokenizer, found?.facts),
      corpusHash: data.train.corpusHash,
      dt: 0,
      lineage: [],
      config: { ...config, source: text.source },
      text,
      configHash,
      // A run keeps the definition it began with: those of before had the first and did not say so.
      validation: found ? recordedValidation(found.facts.validation) : validationOf(model),
    };
    const run = openTrainingRun(`pretrain ${o.name}`, o, engine, facts, data, found?.facts);
    process.stderr.write(`${(parameterCount(parameters) / 1e6).toFixed(2)}M parameters · ${engine.description}\n`);
    const easy = { updates: o.easyUpdates, from: 0.05, to: 0.3 };
    const { maskId } = data.tokenizer;
    const held = { ...run.sizes, shard: data.validation };
    const { validation: definition } = facts;
    const validation =
      data.validation.count >= model.length
        ? validator(engine, model, held, maskId, { batches: o.validationBatches, definition })
        : undefined;
    const masking = { name: o.masking, complementary: o.complementary };
    const training = { easy, masking, anneal: o.anneal };
    const made = pretrainTask(model, run.sizes, maskId, training);
    const task = { ...made, label: `pretrain ${o.name}`, validation };
    const start = found?.state ?? freshState(initialWeights(o, parameters), adamwOf(o));
    let stoppedAt = 0;
    const goOn = () =>
      `stopped at update ${stoppedAt} of ${o.updates}: ${run.folder}; the same command goes on from there`;
    await run.during(async () => {
      const { end, ended } = await trainToEnd(run, task, start);
      stoppedAt = end.update;
      if (ended === "done") process.stdout.write(`done at update ${end.update} of ${o.updates}: ${run.folder}\n`);
      return ended;
    }, goOn);
  },
});
