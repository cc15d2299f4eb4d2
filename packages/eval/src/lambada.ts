/**
 * @file `lambada`: how often the last word of a passage is guessed, and how likely it is.
 *
 * Perplexity is exp of the mean NLL of whole words, as the field reports it: per word, not per token.
 */
import { createHash } from "node:crypto";
import {
  alignTable,
  assetPath,
  canonicalJson,
  defineCommand,
  dryRunFlags,
  type Engine,
  engineFlags,
  openDenoiser,
  openEngine,
  plannedSize,
  printPlan,
  randomStream,
  startProgress,
  type Tokenizer,
} from "@sdtt/core";
import type { EvaluationIdentity, EvaluationRow } from "@sdtt/core/store";
import { z } from "zod";
import { type Checkpoint, isCausal, openCheckpoint, tokenizerOf } from "./checkpoint.js";
import { lambadaPlan } from "./dryRun.js";
import { evaluatedFlags, openEvaluationRun, precision } from "./evaluationRun.js";
import { lambadaPassages, lastWordPassages, type Passage, spread } from "./lastWord.js";
import { type Estimated, expOf, meanWithStderr, shareWithStderr } from "./statistics.js";
import {
  drawMasks,
  type Item,
  itemOf,
  type MaskedItem,
  type SuffixScore,
  scoreCausal,
  scoreDenoised,
} from "./suffix.js";
import { formatEstimate } from "./table.js";

const options = z.object({
  ...evaluatedFlags,
  source: z.string().default("last-word").describe("last-word (cut from held-out documents) or LAMBADA's .jsonl file"),
  corpus: z.string().default("embedded").describe("text whose held-out documents last-word is cut from"),
  words: z.int().min(2).default(40).describe("words of a last-word passage"),
  items: z.int().min(2).optional().describe("passages, spread over all; default: all"),
  times: z.int().positive().default(8).describe("time samples of a denoiser's likelihood bound"),
  sequences: z.int().positive().default(16).describe("sequences at once; changes no figure"),
  seed: z.int().nonnegative().default(1).describe("seed of the time samples"),
  ...engineFlags,
  ...plannedSize,
  ...dryRunFlags,
});

type Options = z.output<typeof options>;
type ScoreOptions = Pick<Options, "sequences" | "seed" | "times">;

/** Indices of items by length, so that a network that looks both ways needs no padding. */
function byLength(items: readonly Item[]): number[][] {
  const groups: Record<number, number[]> = {};
  items.forEach(({ ids }, i) => {
    groups[ids.length] ??= [];
    groups[ids.length]?.push(i);
  });
  return Object.values(groups);
}

/** The score of each item, in order; one network a length is open at a time. */
export async function scoreItems(
  engine: Engine,
  of: Pick<Checkpoint, "model" | "tensors">,
  items: readonly Item[],
  { sequences, seed, times }: ScoreOptions,
  onScored: (items: number) => void = () => {},
): Promise<SuffixScore[]> {
  const masked = isCausal(of.model)
    ? items.map((item) => ({ item, masks: [] }))
    : items.map((item, i) => ({ item, masks: drawMasks(item, randomStream(seed, "last-word", i), times) }));
  return scoreSorted(engine, of, masked, sequences, onScored);
}

/** `scoreItems` with masks that were drawn already; a model that reads from left to right needs none. */
export async function scoreSorted(
  engine: Engine,
  { model, tensors }: Pick<Checkpoint, "model" | "tensors">,
  masked: readonly MaskedItem[],
  sequences: number,
  onScored: (items: number) => void = () => {},
): Promise<SuffixScore[]> {
  const items = masked.map(({ item }) => item);
  if (isCausal(model)) {
    const network = openDenoiser(engine, model, tensors);
    return scoreCausal(network, items, sequences).finally(() => network.dispose());
  }
  const scores: SuffixScore[] = [];
  let done = 0;
  for (const indices of byLength(items)) {
    const network = openDenoiser(engine, model, tensors);
    const group = indices.map((i) => masked[i] as MaskedItem);
    const found = await scoreDenoised(network, group, sequences).finally(() => network.dispose());
    indices.forEach((i, k) => {
      scores[i] = found[k] as SuffixScore;
    });
    done += indices.length;
    onScored(done);
  }
  return scores;
}

/** `last-word` at version 1 put end-of-text after the word, as LAMBADA does. */
const definitionOf = (metric: string): string => `${metric}@${metric.startsWith("last-word") ? 2 : 1}`;

interface Figure {
  readonly metric: string;
  readonly estimate: Estimated;
  readonly onePass: boolean;
}

/** Accuracy and perplexity; a denoiser's is a bound and says so in its name. */
export function figuresOf(set: "lambada" | "last-word", scores: readonly SuffixScore[], causal: boolean): Figure[] {
  const accuracy = shareWithStderr(scores.filter(({ correct }) => correct).length, scores.length);
  const perplexity = expOf(meanWithStderr(scores.map(({ nll }) => nll)));
  return [
    { metric: `${set}-accuracy`, estimate: accuracy, onePass: !causal },
    { metric: `${set}-ppl${causal ? "" : "-bound"}`, estimate: perplexity, onePass: false },
  ];
}

export interface PassageSet {
  readonly set: "lambada" | "last-word";
  readonly passages: readonly Passage[];
  /** Of the passages: it stands where a judge's would, since the set is what the figures are held against. */
  readonly hash: string;
}

/** The passages of LAMBADA's file, or of the held-out documents; `items` of them, spread over all. */
export function passageSet({
  source,
  corpus,
  words,
  items,
}: Pick<Options, "source" | "corpus" | "words" | "items">): PassageSet {
  const set = source === "last-word" ? "last-word" : "lambada";
  const all = set === "last-word" ? lastWordPassages(corpus, words) : lambadaPassages(source);
  const passages = spread(all, items ?? all.length);
  return { set, passages, hash: createHash("sha256").update(canonicalJson(passages)).digest("hex") };
}

/** What the figures of a checkpoint on a set are known by, before they are measured. */
export function passageIdentities(
  { hash: checkpointHash, model }: Pick<Checkpoint, "hash" | "model">,
  { set, passages, hash: judgeHash }: PassageSet,
  seed: number,
): EvaluationIdentity[] {
  const causal = isCausal(model);
  const common = { checkpointHash, judgeHash, seed, temperature: 1, n: passages.length };
  return figuresOf(set, [], causal).map(({ metric, onePass }) => {
    return { ...common, metric, definition: definitionOf(metric), ...(onePass && { steps: 1 }) };
  });
}

/** Scores a set and gives the rows to be stored. */
export async function measurePassages(
  engine: Engine,
  checkpoint: Checkpoint,
  tokenizer: Tokenizer,
  of: PassageSet,
  options: ScoreOptions & { readonly runId: string },
  onScored: (items: number) => void,
): Promise<EvaluationRow[]> {
  const causal = isCausal(checkpoint.model);
  const closed = of.set === "lambada" && !causal;
  const items = of.passages.map((passage) => itemOf(passage, tokenizer, checkpoint.model.length, closed));
  const started = performance.now();
  const scores = await scoreItems(engine, checkpoint, items, options, onScored);
  const made = { runId: options.runId, round: checkpoint.round, weights: checkpoint.weights, dtype: precision };
  const wallMs = performance.now() - started;
  const identities = passageIdentities(checkpoint, of, options.seed);
  return figuresOf(of.set, scores, causal).map(({ estimate, onePass }, i) => {
    return { ...(identities[i] as EvaluationIdentity), ...made, wallMs, ...estimate, ...(onePass && { nfe: 1 }) };
  });
}

export const lambada = defineCommand({
  name: "lambada",
  summary: "last-word accuracy and perplexity, on LAMBADA's file or on held-out passages",
  options,
  async run(o, context) {
    if (o.dryRun) return printPlan(lambadaPlan(o), o);
    const of = passageSet(o);
    const { set, passages } = of;
    const checkpoint = openCheckpoint(o.checkpoint ?? assetPath("teacher"), o.weights);
    const tokenizer = tokenizerOf(checkpoint, { given: o.tokenizer, root: o.root });
    const closed = set === "lambada" && !isCausal(checkpoint.model);
    // Refused before anything is stored: a word that does not fit.
    for (const passage of passages) itemOf(passage, tokenizer, checkpoint.model.length, closed);
    const engine = await openEngine(o.engine, o);
    const run = openEvaluationRun({ stage: "lambada", ...o, checkpoint }, engine, context);
    let status: "done" | "failed" = "failed";
    try {
      const progress = startProgress({ label: `${set} ${checkpoint.run}`, total: passages.length, unit: "items" });
      const asked = { ...o, runId: run.runId };
      const rows = await measurePassages(engine, checkpoint, tokenizer, of, asked, progress.update);
      progress.done();
      for (const row of rows) run.store.saveEvaluation(row);
      const lines = rows.map(({ definition, value, stderr }) => {
        return [definition, formatEstimate({ value, stderr: stderr ?? Number.NaN })];
      });
      const heading = [
        `${checkpoint.run}, round ${checkpoint.round}, ${checkpoint.weights}`,
        `${passages.length} passages (± standard error)`,
      ];
      process.stdout.write(`\n${alignTable([heading, ...lines])}\n`);
      status = "done";
    } finally {
      run.close(status);
    }
  },
});
