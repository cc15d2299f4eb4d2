/**
 * @file `core sample`: text from a checkpoint, from nothing, after a prompt, or into the holes of a text.
 */

import pc from "picocolors";
import { z } from "zod";
import { userError } from "../base/errors.js";
import type { TensorMap } from "../base/tensor.js";
import { type WeightsChoice, weightsChoices } from "../checkpoint/chosenWeights.js";
import { findCheckpoint, modelText, sayNotes } from "../checkpoint/find.js";
import { loadWeights } from "../checkpoint/layout.js";
import { defineCommand } from "../cli/command.js";
import { isReaderGone } from "../cli/goneReader.js";
import { rootFolder } from "../cli/rootFolder.js";
import { openEngine } from "../engine/open.js";
import { engineFlags } from "../engine/options.js";
import { isCausal } from "../model/presets.js";
import { calibratedSampler } from "../sampler/calibration.js";
import { canvasOf } from "../sampler/canvas.js";
import { type ChosenSampler, loadSampler, sampleWith } from "../sampler/choose.js";
import { type Denoiser, openDenoiser } from "../sampler/network/denoiser.js";
import { datastoreFlag, datastoreFor } from "../sampler/neighbours/given.js";
import { openNeighbours, withNeighbours } from "../sampler/neighbours/mixed.js";
import { drawFlags, partnerFlag, samplerFlag } from "../sampler/options.js";
import { checkPartner, openPartner, partnerFolder, withPartner } from "../sampler/partner.js";
import { seededBy, seedFlags } from "../sampler/seedFlags.js";
import { stagedDenoiser } from "../sampler/staged.js";
import { shareTokenizer, tokenizerOf } from "../text/tokenizer/find.js";
import type { Tokenizer } from "../text/tokenizer/tokenizer.js";
import { assetPath } from "../workspace/assets.js";
import { legend, renderRow } from "./renderReveals.js";

const options = z.object({
  checkpoint: z.string().optional().describe("folder of a checkpoint or of a round; default: the embedded teacher"),
  weights: z.enum(weightsChoices).default("student").describe("which weights; student: those that its round calls so"),
  early: z.string().optional().describe("another round's folder, whose student takes the first steps"),
  earlyShare: z.number().positive().max(0.999).default(0.5).describe("share of the steps that --early takes"),
  prompt: z.string().optional().describe("text that the row begins with"),
  infill: z.string().optional().describe('text with holes of so many tokens, as in "And God said, [8] and it was so."'),
  tokens: z.int().min(2).optional().describe("tokens of the row; default: the infill's, else the model's length"),
  steps: z.int().positive().default(32).describe("sampling steps"),
  ...samplerFlag,
  ...partnerFlag,
  ...seedFlags,
  ...datastoreFlag,
  ...drawFlags,
  showSteps: z.boolean().default(false).describe("print the text after each step that changes it"),
  n: z.int().positive().default(1).describe("samples"),
  seed: z.int().nonnegative().default(1).describe("seed of the samples"),
  tokenizer: z.string().optional().describe("tokenizer.json of the checkpoint; default: found by its hash"),
  ...engineFlags,
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder in whose data the tokenizer is looked for too"),
});
type Options = z.output<typeof options>;

/** Colours only on a terminal; NO_COLOR and FORCE_COLOR say otherwise. */
function terminalColours() {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return pc.createColors(!NO_COLOR && (forced || process.stdout.isTTY === true));
}
type Colours = ReturnType<typeof terminalColours>;

function openModel(folder: string, choice: WeightsChoice) {
  const found = findCheckpoint(folder, choice);
  const { path, where, part, state } = found;
  sayNotes(found);
  const tensors = loadWeights(path, part) as TensorMap;
  const { model, tokenizerHash } = state;
  return { path, where, model, tensors, hash: found.hash, tokenizerHash, text: modelText(found) };
}
type Model = ReturnType<typeof openModel>;

function openStudent(folder: string, choice: WeightsChoice): Model {
  const found = openModel(folder, choice);
  const { model, where } = found;
  if (!isCausal(model)) return found;
  const got = "a model that reads from left to right";
  throw userError(where, "sampling in steps needs a denoiser", got, "Give another.");
}

/** Whom the sampler asks beside `late`, where it asks one. */
function partnerOfSampler({ name, sampler }: ChosenSampler, late: Model, o: Options): Model | undefined {
  if (!("partner" in sampler)) return undefined;
  const found = openModel(partnerFolder(sampler.partner, o.partner), "student");
  checkPartner(name, sampler.partner, { ...found, sharesTokenizer: shareTokenizer(found, late, o.root) });
  return found;
}

/** Prints after each step that changed something, with the step that revealed each token. */
function watcher(start: Int32Array, o: Options, tokenizer: Tokenizer, colours: Colours) {
  const revealedAt = new Int32Array(start.length);
  let before = start;
  return (step: number, ids: Int32Array) => {
    const changed = [...ids.keys()].filter((i) => ids[i] !== before[i]);
    for (const i of changed) revealedAt[i] = ids[i] === tokenizer.maskId ? 0 : step;
    before = ids.slice();
    if (changed.length === 0) return;
    const head = colours.dim(step <= o.steps ? `— step ${step} of ${o.steps}` : `— step ${step}`);
    process.stdout.write(`${head}\n${renderRow(ids, revealedAt, o.steps, tokenizer, colours)}\n`);
  };
}

interface Drawing {
  readonly denoiser: Denoiser;
  readonly tokenizer: Tokenizer;
  readonly sampler: ChosenSampler;
  readonly row: Int32Array;
  /** Who writes. */
  readonly models: readonly string[];
}

async function print(o: Options, { denoiser, tokenizer, sampler, row, models }: Drawing) {
  const colours = terminalColours();
  const out = (text: string) => process.stdout.write(text);
  const { steps: numSteps, seed, temperature, topP } = o;
  const start = row.map((token) => (token < 0 ? denoiser.maskId : token));
  out(`${colours.dim(`— ${models.join("; ")}`)}\n${legend(o.steps, colours)}`);
  for (let first = 0; first < o.n && !isReaderGone(); first++) {
    const onStep = o.showSteps ? { onStep: watcher(start, o, tokenizer, colours) } : {};
    const drawn = { numSteps, length: row.length, seed, temperature, topP, batch: 1, first, fixed: row };
    const set = await sampleWith(sampler, denoiser, { ...drawn, ...onStep });
    const passes = set.partnerPasses ? ` and ${set.partnerPasses[0]} of its partner` : "";
    const head = `— sample ${first + 1} of ${o.n} · seed ${seed} · ${sampler.written} · ${set.nfe[0]} evaluations${passes}`;
    out(`${colours.dim(head)}\n${renderRow(set.ids, set.revealSteps, o.steps, tokenizer, colours)}\n`);
  }
}

export const sampleText = defineCommand({
  name: "sample",
  summary: "text from a checkpoint: from nothing, after a prompt, or into the holes of a text",
  options,
  recall: seededBy,
  async run(o) {
    const late = openStudent(o.checkpoint ?? assetPath("teacher"), o.weights);
    const sampler = await loadSampler(calibratedSampler(o.sampler, () => late.hash));
    const early = o.early === undefined ? undefined : openStudent(o.early, o.weights);
    const tokenizer = tokenizerOf(late, { given: o.tokenizer, root: o.root });
    if (early && !shareTokenizer(early, late, o.root)) {
      const got = `${early.tokenizerHash.slice(0, 12)} beside ${late.tokenizerHash.slice(0, 12)}`;
      throw userError(early.where, "all students must share their tokenizer", got, "Give students of one teacher.");
    }
    const partner = partnerOfSampler(sampler, late, o);
    const datastore = datastoreFor("sample", sampler, late, o);
    const row = canvasOf(o, tokenizer, late.model.length);
    const engine = await openEngine(o.engine, o);
    const open = ({ model, tensors }: Model) => openDenoiser(engine, model, tensors);
    const own = open(late);
    const parts = early && [
      { denoiser: open(early), until: o.earlyShare },
      { denoiser: own, until: 1 },
    ];
    const alone = parts
      ? stagedDenoiser(parts)
      : datastore
        ? withNeighbours(own, openNeighbours(engine, own, datastore))
        : own;
    const denoiser = partner ? withPartner(alone, openPartner(engine, partner, tokenizer.endOfText)) : alone;
    try {
      const writers = [early, late].flatMap((one) => one?.text ?? []);
      const models = [writers.join("; then "), ...(partner ? [`beside it ${partner.text}`] : [])];
      await print(o, { denoiser, tokenizer, sampler, row, models });
    } finally {
      denoiser.dispose();
      datastore?.close();
    }
  },
});
