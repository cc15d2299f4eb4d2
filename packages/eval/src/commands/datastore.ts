/**
 * @file `datastore`: trunk states of the text that a checkpoint learned, and what looking into them gives: the bound of held-out text and samples,
 * with and without, the overlap with the training text beside.
 *
 * A model that looks up what it has read may repeat it, and gen-PPL falls for that too; so nothing is shown without what is copied.
 */
import { join } from "node:path";
import { startProgress, userError } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { type Engine, engineFlags, openEngine } from "@sdtt/core/engine";
import {
  buildDatastore,
  type Datastore,
  type Denoiser,
  isDatastore,
  openDatastore,
  openDenoiser,
  openNeighbours,
  refuseTold,
  type StateDenoiser,
  withNeighbours,
} from "@sdtt/core/sampler";
import { formatInterval, formatNumber, formatWithError, meanWithStderr, tInterval } from "@sdtt/core/statistics";
import { type Tokenizer, tokenizerOf } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { z } from "zod";
import { judgeText, openJudge } from "../judge/judge.js";
import { heldOutBoundFigure } from "../metrics/bound/heldOutBound.js";
import { definitionOf, type TrainingText } from "../metrics/contract.js";
import { declareFigures } from "../metrics/declarations.js";
import { blockBounds } from "../metrics/sets/zeroShot.js";
import copied from "../metrics/text/copied.metric.js";
import { meanSampleEntropy } from "../metrics/text/entropy.js";
import { genPpl } from "../metrics/text/genPpl.js";
import { corpusOf, enough, heldOutPieces } from "../metrics/texts/heldOut.js";
import { spreadTextRows } from "../metrics/texts/textRows.js";
import { trainingTextOf } from "../metrics/texts/trainingText.js";
import { type Checkpoint, openCheckpoint, requireDenoiser } from "../record/checkpoint.js";
import { type EvaluationRun, openEvaluationRun, precision } from "../record/evaluationRun.js";
import { batchFlags, corpusFlag, evaluatedFlags, judgeFlag } from "../record/options.js";
import { type DrawnBy, drawnAs } from "../samples/cellIdentity.js";
import { drawSamples } from "../samples/sampleSet.js";

const options = z.object({
  ...evaluatedFlags,
  data: z.string().optional().describe("folder of the prepared training text; default: found by its hash"),
  out: z.string().optional().describe("folder of the datastore; default: ROOT/datastores/HASH"),
  keys: z.int().positive().default(32768).describe("states that are drawn"),
  perRow: z.int().positive().default(16).describe("masked positions of a row that become keys, at most"),
  merge: z.int().nonnegative().default(8).describe("nearest entries of the same token that one takes in; 0: none"),
  lambda: z.number().min(0).max(1).default(0.25).describe("λ, the share of the neighbours' law"),
  entropy: z.number().nonnegative().default(2).describe("nats of the denoiser's own law from which it looks"),
  ...corpusFlag("the bound is of"),
  blocks: z.int().min(2).default(32).describe("held-out rows of the bound"),
  times: z.int().positive().default(4).describe("sets of masks a row"),
  steps: z.int().positive().default(8).describe("sampling steps"),
  samples: z.int().nonnegative().default(16).describe("samples with and without; 0: the bound alone"),
  ...judgeFlag,
  ...batchFlags,
  ...engineFlags,
});
type Options = z.output<typeof options>;

/** The datastore of a checkpoint's training text: the one that is there, or one that is made or gone on with. */
async function datastoreFor(
  o: Options,
  engine: Engine,
  checkpoint: Checkpoint,
  own: StateDenoiser,
  text: TrainingText,
) {
  const folder = o.out ?? join(o.root, "datastores", checkpoint.hash.slice(0, 12));
  const asked = {
    checkpoint: checkpoint.hash,
    corpusHash: text.hash,
    drawn: o.keys,
    merged: o.merge,
    perRow: o.perRow,
  };
  const isAsked = ({ facts }: Datastore) =>
    Object.entries({ ...asked, seed: o.seed }).every(([key, value]) => facts[key as keyof typeof facts] === value);
  if (isDatastore(folder)) {
    const found = openDatastore(folder);
    if (isAsked(found)) return { folder, datastore: found };
    found.close();
  }
  const rows = spreadTextRows(() => text.pieces(), own.length, Math.ceil((2 * o.keys) / o.perRow));
  if (rows.length === 0) {
    throw userError(
      "datastore",
      `the training text must fill a row of ${own.length} tokens`,
      "less",
      "Give more --data.",
    );
  }
  const progress = startProgress({ label: "datastore", total: o.keys, unit: "entries" });
  const at = (i: number) => rows[i] as Int32Array;
  const settings = { ...o, checkpoint: checkpoint.hash, corpusHash: text.hash };
  await buildDatastore(engine, own, { rows: rows.length, at }, folder, settings, (entries) =>
    progress.update(Math.min(o.keys, entries)),
  );
  progress.done();
  return { folder, datastore: openDatastore(folder) };
}

/** What one way of asking comes to. */
interface Side {
  readonly denoiser: Denoiser;
  readonly sampler: string;
}

/** The bound of held-out rows, nats a token, each row's; and how long it took. */
async function boundOf({ denoiser }: Side, rows: readonly Int32Array[], o: Options) {
  const started = performance.now();
  const nats = await blockBounds(denoiser, rows, { seed: o.seed, times: o.times, sequences: o.sequences });
  const length = rows[0]?.length ?? 1;
  return { perToken: nats.map((sum) => sum / length), ms: performance.now() - started };
}

type Bound = Awaited<ReturnType<typeof boundOf>>;

/** A row of each side: the model alone, and with what it looks up. */
function saveBounds(
  { store, runId }: EvaluationRun,
  found: readonly Bound[],
  sides: readonly Side[],
  drawnBy: DrawnBy,
  o: Options,
) {
  const { round, weights, control } = drawnBy.checkpoint;
  found.forEach(({ perToken }, i) => {
    const settings = { samples: perToken.length, sequences: o.sequences, seed: o.seed, temperature: 1 };
    const drawn = drawnAs(drawnBy, { ...settings, sampler: (sides[i] as Side).sampler });
    const { name: metric } = heldOutBoundFigure;
    const identity = { subjectHash: drawnBy.checkpoint.hash, metric, definition: definitionOf(heldOutBoundFigure) };
    const made = { runId, round, weights, control, dtype: precision };
    store.saveEvaluation({ ...identity, ...drawn, ...made, ...meanWithStderr(perToken) });
  });
}

function boundLines(found: readonly Bound[], rows: readonly Int32Array[], o: Options): string[][] {
  const [without, beside] = found as [Bound, Bound];
  const change = tInterval(beside.perToken.map((nats, i) => nats - (without.perToken[i] as number)));
  const means = found.map(({ perToken }) => formatNumber(tInterval(perToken).mean));
  return [
    ["held-out bound, nats a token", ...means, `${formatNumber(change.mean)} ${formatInterval(change)}`],
    ["ms a row and set of masks", ...found.map(({ ms }) => formatNumber(ms / rows.length / o.times)), ""],
  ];
}

const overlap = copied as Extract<typeof copied, { readonly needs: "samples and training text" }>;

interface Beside {
  readonly tokenizer: Tokenizer;
  readonly training: TrainingText;
}

async function sampleLines(sides: readonly Side[], o: Options, { tokenizer, training }: Beside, engine: Engine) {
  const judge = openJudge(engine, o.judge, o.root);
  const columns: string[][] = [];
  for (const { denoiser, sampler } of sides) {
    const settings = { samples: o.samples, sequences: o.sequences, seed: o.seed, temperature: 1, sampler };
    const { ids, wallMs } = await drawSamples(denoiser, o.steps, settings);
    const { value, stderr } = await genPpl("gen-ppl-retokenised@1", ids, tokenizer, judge);
    const samples = ids.map((own) => ({ ids: own, text: tokenizer.decode(own) }));
    const figures = await overlap.measure({ samples, tokenizer, training });
    const { "copied-8": share, "copied-longest": longest } = figures;
    columns.push([
      formatWithError({ value, stderr }),
      formatNumber(meanSampleEntropy(ids).value),
      formatNumber(share?.value ?? null),
      formatNumber(longest?.value ?? null),
      formatNumber(wallMs / o.samples),
    ]);
  }
  const names = [
    ...["gen-PPL", "entropy, nats", "share of 8-grams copied", "longest run copied, words", "ms a sample"],
  ];
  const lines = names.map((name, i) => [`${name}, ${o.steps} steps`, ...columns.map((own) => own[i] as string), ""]);
  const said = judgeText(judge);
  judge.dispose();
  return { lines, said };
}

export const datastore = defineCommand({
  name: "datastore",
  summary: "trunk states of the text that a checkpoint learned, for --sampler=knn, and what looking into them gives",
  options,
  async run(o, context) {
    const checkpoint = openCheckpoint(o.checkpoint ?? assetPath("teacher"), o.weights);
    requireDenoiser(checkpoint, "Give a denoiser's.");
    refuseTold(`checkpoint ${checkpoint.path}`, checkpoint.model);
    const tokenizer = tokenizerOf(checkpoint, { given: o.tokenizer, root: o.root });
    const training = trainingTextOf(checkpoint, tokenizer, o);
    if (!training) {
      const rule = "the text that the model learned must be here";
      throw userError("datastore", rule, `none (${checkpoint.path})`, "Give its folder: --data=FOLDER.");
    }
    const { length } = checkpoint.model;
    const corpus = corpusOf("datastore", o.corpus, checkpoint);
    const pieces = await heldOutPieces(corpus, tokenizer, { length, most: o.blocks, joined: true });
    const held = enough("datastore", corpus, length, o.blocks, pieces).map(({ ids }) => ids);
    const engine = await openEngine(o.engine, o);
    const own = openDenoiser(engine, checkpoint.model, checkpoint.tensors);
    const { folder, datastore: found } = await datastoreFor(o, engine, checkpoint, own, training);
    const neighbours = openNeighbours(engine, own, found);
    const both = withNeighbours(own, neighbours);
    const mixed = neighbours.mixed({ lambda: o.lambda, entropy: o.entropy });
    const sampler = `knn:${o.lambda}:${o.entropy}`;
    const run = openEvaluationRun({ stage: "datastore", ...o, checkpoint }, engine, context);
    const work = async () => {
      declareFigures(run.store);
      const bounded = [
        { denoiser: own, sampler: "ancestral" },
        { denoiser: mixed, sampler },
      ];
      const bounds: Bound[] = [];
      for (const side of bounded) bounds.push(await boundOf(side, held, o));
      saveBounds(run, bounds, bounded, { checkpoint, datastore: found }, o);
      const lines = boundLines(bounds, held, o);
      const sides = [
        { denoiser: both, sampler: "ancestral" },
        { denoiser: both, sampler },
      ];
      const sampled = o.samples > 1 ? await sampleLines(sides, o, { tokenizer, training }, engine) : undefined;
      const head = ["", "without", sampler, "difference [95 % over rows]"];
      const { entries, drawn } = found.facts;
      const said = [
        `${entries} entries of ${drawn} drawn: ${folder}`,
        checkpoint.text,
        ...(sampled ? [sampled.said] : []),
      ];
      process.stdout.write(
        `\n${alignTable([head, ...lines, ...(sampled?.lines ?? [])])}\n(${o.blocks} held-out rows, ${o.samples} samples, seed ${o.seed})\n${said.join("\n")}\n`,
      );
    };
    await run.during(work).finally(() => {
      both.dispose();
      found.close();
    });
  },
});
