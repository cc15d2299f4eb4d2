/**
 * @file What a report measures of one model besides curves: each an item that is in the store already, or is measured.
 */
import { type Engine, openDenoiser, type Tokenizer } from "@sdtt/core";
import type { Estimated } from "@sdtt/core/statistics";
import { type EvaluationIdentity, evaluationKey, type ItemScores, type Store } from "@sdtt/core/store";
import { judgeLevel, type Level, levelFigureIdentities, levelFigures, levelIdentities } from "../findings/levels.js";
import type { Judge } from "../judge/judge.js";
import { type FeatureScorer, openScorer } from "../judge/scorer.js";
import { exactTokens } from "../metrics/bound/maskSets.js";
import type { Measures } from "../metrics/figures.js";
import {
  measurePassages,
  type PassageSet,
  passageIdentities,
  passageItems,
  passageTimes,
} from "../metrics/lastWord/passages.js";
import { scoreSorted } from "../metrics/lastWord/scoreItems.js";
import { cutText, type OnShare } from "../metrics/lastWord/suffix.js";
import { type LatencyRequest, latenciesOf, latencyIdentity, msPerSample } from "../metrics/latency/latencies.js";
import { answerItems, answerMasks, type ChoiceSet, choiceFigures, questionsOf } from "../metrics/sets/choices.js";
import { readSetFile } from "../metrics/sets/textFile.js";
import { blockBounds, blockNlls, type CutSet, type TextSet, zeroShotOf } from "../metrics/sets/zeroShot.js";
import { groupedSelfBleu } from "../metrics/text/selfBleu.metric.js";
import { type Checkpoint, isCausal } from "../record/checkpoint.js";
import { precision } from "../record/evaluationRun.js";
import { hashOf, timedHash } from "../record/hash.js";
import { type MeasuredRow, saveMeasured, unseeded } from "../record/measured.js";
import { precisionOf } from "../samples/cellIdentity.js";
import { continuationTexts, continuePrompts, type Prompts } from "../samples/continuations.js";
import type { SamplingSettings } from "../samples/sampleSet.js";
import { keptItems } from "../shards/keptItems.js";
import type { Shard } from "../shards/shard.js";

export interface ReportItem {
  /** As progress and messages name it. */
  readonly name: string;
  /** What a reader of its figures must know. */
  readonly note?: string | undefined;
  /** What it stores; all of them there means that it is done. */
  readonly identities: readonly EvaluationIdentity[];
  /** Whether it is made of rows that a shard can have its part of; it then gives no rows of figures. */
  readonly inShards?: true;
  /** Gives its rows, as of this run; tells how much is done where that is known. */
  measure(runId: string, onShare: OnShare, store: Store): Promise<readonly MeasuredRow[]>;
}

export interface ItemContext {
  readonly engine: Engine;
  readonly root: string;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  readonly seed: number;
  readonly times: number;
  readonly sequences: number;
  readonly shard?: Shard | undefined;
}

/** Measures what the store lacks; true where something was. */
export async function runItem(
  store: Store,
  runId: string,
  { identities, measure }: ReportItem,
  onShare: OnShare,
): Promise<boolean> {
  if (identities.every((identity) => store.evaluation(evaluationKey(identity)) !== undefined)) return false;
  saveMeasured(store, await measure(runId, onShare, store));
  return true;
}

interface MeasuredFigure {
  readonly estimate: Estimated;
  readonly items?: ItemScores;
}

/** Rows of figures in the order of their identities. */
function rowsOf({ checkpoint }: ItemContext, identities: readonly EvaluationIdentity[], dtype = precision) {
  const { round, weights, control } = checkpoint;
  return (runId: string, figures: readonly MeasuredFigure[], wallMs: number): MeasuredRow[] =>
    figures.map(({ estimate, items }, i) => {
      const made = { runId, round, weights, control, dtype, wallMs };
      const row = { ...(identities[i] as EvaluationIdentity), ...estimate, ...made };
      return { row, ...(items && { items }) };
    });
}

/** Bounds of the version before took times and masks at random; bits were divided by other bytes than were scored. */
const versions: readonly (readonly [RegExp, number])[] = [
  [/^ptb-ppl$/, 1],
  [/^(wikitext2|ptb)-|-accuracy/, 2],
];
const definitionOf = (metric: string) => `${metric}@${versions.find(([name]) => name.test(metric))?.[1] ?? 1}`;

function plainIdentities(
  { checkpoint }: ItemContext,
  metrics: readonly string[],
  of: Pick<EvaluationIdentity, "judgeHash" | "n" | "seed">,
): EvaluationIdentity[] {
  const common = { checkpointHash: checkpoint.hash, temperature: 1, ...of };
  return metrics.map((metric) => ({ ...common, metric, definition: definitionOf(metric) }));
}

/** What a figure is held against, and its seed: a bound whose masks are drawn is known by how many, and by their seed. */
function drawnBy({ seed }: ItemContext, hash: string, times: number | undefined) {
  return times === undefined ? { judgeHash: hash, seed: unseeded } : { judgeHash: timedHash(hash, times), seed };
}

export function passageItem(context: ItemContext, of: PassageSet): ReportItem {
  const { engine, checkpoint, tokenizer } = context;
  const { length } = checkpoint.model;
  const asked = { ...context, times: passageTimes };
  const items = passageItems(of, checkpoint, tokenizer);
  return {
    name: of.set,
    inShards: true,
    note: cutText(items, `${of.set} passages`, length),
    identities: passageIdentities(checkpoint, of, items, asked),
    measure: (runId, onShare) =>
      measurePassages(engine, checkpoint, of, items, { ...asked, runId }, (done) => onShare(done / items.length)),
  };
}

/** gen-PPL of a level. */
export function levelItem(
  { tokenizer, seed }: Pick<ItemContext, "tokenizer" | "seed">,
  judge: Judge,
  level: Level,
): ReportItem {
  const judging = { tokenizer, judge, seed };
  return {
    name: level.name,
    identities: levelIdentities(level, judging),
    async measure(runId) {
      const { judged } = await judgeLevel(level, judging, { runId, weights: "raw" });
      return judged.map(({ row }) => ({ row }));
    },
  };
}

/** The figures beside it; those that are there already are not measured again. */
export function levelFigureItem(
  { tokenizer, seed }: Pick<ItemContext, "tokenizer" | "seed">,
  measures: Measures,
  level: Level,
): ReportItem {
  return {
    name: `${level.name}, figures`,
    identities: levelFigureIdentities(level, measures, seed),
    async measure(runId, _, store) {
      const rows = await levelFigures(store, level, measures, { tokenizer, seed }, { runId, weights: "raw" });
      return rows.map((row) => ({ row }));
    },
  };
}

/** Times of one sample by step count, of this model and of the baseline beside it. */
export function latencyItem(
  { engine, checkpoint, seed }: ItemContext,
  baseline: Checkpoint | undefined,
  request: Omit<LatencyRequest, "seed">,
): ReportItem {
  const identities = [
    ...request.steps.map((steps) => latencyIdentity(checkpoint.hash, request.batch, seed, steps)),
    ...(baseline ? [latencyIdentity(baseline.hash, request.batch, seed)] : []),
  ];
  return {
    name: "latency",
    identities,
    async measure(runId) {
      const found = await latenciesOf(engine, checkpoint, baseline, { ...request, seed });
      return found.map((one, i) => {
        const { round, weights, control } = one.steps === undefined ? (baseline as Checkpoint) : checkpoint;
        const made = { runId, round, weights, control, dtype: precision, wallMs: one.ms.median };
        return { row: { ...(identities[i] as EvaluationIdentity), ...made, ...msPerSample(one) } };
      });
    },
  };
}

/** Perplexity per token and bits per byte on a set's file. */
export function zeroShotItem(context: ItemContext, set: TextSet, cut: CutSet): ReportItem {
  const { engine, checkpoint, sequences, seed, times } = context;
  const { model, tensors } = checkpoint;
  const causal = isCausal(model);
  const metrics = ["ppl", "bits-per-byte"].map((what) => `${set}-${what}${causal ? "" : "-bound"}`);
  const draws = drawnBy(context, cut.hash, causal ? undefined : times);
  const identities = plainIdentities(context, metrics, { ...draws, n: cut.blocks.length });
  const score = async (from: number, to: number, onShare: OnShare) => {
    const blocks = cut.blocks.slice(from, to);
    if (causal) {
      const scorer = openScorer(engine, model, tensors);
      return blockNlls(scorer, blocks).finally(() => scorer.dispose());
    }
    const denoiser = openDenoiser(engine, model, tensors);
    const onScored = (done: number) => onShare(done / blocks.length);
    const options = { seed, times, sequences, first: from };
    return blockBounds(denoiser, blocks, options, onScored).finally(() => denoiser.dispose());
  };
  return {
    name: set,
    inShards: true,
    identities,
    async measure(runId, onShare) {
      const started = performance.now();
      const counted = model.length - (causal ? 1 : 0);
      const nats = await keptItems(context, { identities }, cut.blocks.length, (from, to) => score(from, to, onShare));
      if (context.shard) return [];
      const { perplexity, bitsPerByte } = zeroShotOf(nats, counted, cut);
      const items = (sums: readonly number[], counts: readonly number[]) => ({ items: cut.items, sums, counts });
      const figures = [
        { estimate: perplexity, items: items(nats, Array(nats.length).fill(counted)) },
        {
          estimate: bitsPerByte,
          items: items(
            nats.map((sum) => sum / Math.LN2),
            cut.bytes,
          ),
        },
      ];
      return rowsOf(context, identities)(runId, figures, performance.now() - started);
    },
  };
}

/** Sets of masks of an answer of more than six tokens; of others all are taken. */
export const answerTimes = 8;

/** Accuracy by nats and by nats per byte on a set's file. */
export async function choiceItem(
  context: ItemContext,
  set: ChoiceSet,
  path: string,
  labelsPath?: string,
): Promise<ReportItem> {
  const { checkpoint, tokenizer, seed } = context;
  const questions = await questionsOf(set, path, labelsPath);
  const { length } = checkpoint.model;
  const items = answerItems(questions, tokenizer, length);
  const hash = hashOf(await readSetFile(set, path), labelsPath ? await readSetFile(set, labelsPath) : "");
  const isDrawn = !isCausal(checkpoint.model) && items.some(({ from, to }) => to - from > exactTokens);
  const draws = drawnBy(context, hash, isDrawn ? answerTimes : undefined);
  const metrics = [`${set}-accuracy`, `${set}-accuracy-per-byte`];
  const identities = plainIdentities(context, metrics, { ...draws, n: questions.length });
  return {
    name: set,
    inShards: true,
    note: cutText(items, "answers", length),
    identities,
    async measure(runId, onShare) {
      const started = performance.now();
      const masks = answerMasks(questions, items, seed, answerTimes);
      const nats = await keptItems(context, { identities }, items.length, async (from, to) => {
        const onScored = (done: number) => onShare(done / (to - from));
        const own = masks.slice(from, to);
        const scores = await scoreSorted(context.engine, checkpoint, own, context.sequences, onScored);
        return scores.map(({ nll }) => nll);
      });
      if (context.shard) return [];
      const { accuracy, normalised } = choiceFigures(questions, nats);
      const figures = [accuracy, normalised].map(({ accuracy: estimate, hits }) => {
        return { estimate, items: { items: hash, sums: hits } };
      });
      return rowsOf(context, identities)(runId, figures, performance.now() - started);
    },
  };
}

/** Seeds of the clustering that MAUVE is averaged over, as in the paper's protocol. */
const clusterings = [1, 2, 3, 4, 5];

/** MAUVE of continuations against held-out text, and self-BLEU across the continuations of a prompt. */
export function continuationItem(
  context: ItemContext,
  judge: Judge & FeatureScorer,
  prompts: Prompts,
  steps: number,
  settings: SamplingSettings,
): ReportItem {
  const { checkpoint, engine, tokenizer, root } = context;
  const { sampler = "ancestral", topP = 1, temperature } = settings;
  const n = prompts.human.length * prompts.continuations;
  const base = plainIdentities(context, ["mauve", "self-bleu-continuations"], { judgeHash: "", n, seed: context.seed });
  const judges = [hashOf(judge.hash, prompts.hash), prompts.hash];
  const identities = base.map((identity, i) => {
    return { ...identity, steps, sampler, topP, temperature, judgeHash: judges[i] as string };
  });
  const read = (ids: Int32Array) => {
    if (tokenizer.hash === judge.tokenizer.hash) return ids.subarray(0, judge.length);
    return judge.tokenizer.encode(tokenizer.decode(ids)).subarray(0, judge.length);
  };
  return {
    name: `mauve at ${steps} steps`,
    identities,
    async measure(runId) {
      const started = performance.now();
      const denoiser = openDenoiser(engine, checkpoint.model, checkpoint.tensors);
      const drawn = continuePrompts(root, checkpoint.hash, () => denoiser, steps, prompts, settings);
      const texts = await drawn.finally(() => denoiser.dispose());
      const [ours, human] = [await judge.features(texts.map(read)), await judge.features(prompts.human.map(read))];
      const { mauve } = await import("../metrics/text/mauve.js");
      const found = mauve(ours, human, { seeds: clusterings });
      const alike = groupedSelfBleu(continuationTexts(texts, prompts, tokenizer));
      const rows = rowsOf(context, identities, precisionOf(settings));
      const figures = [{ estimate: found }, { estimate: alike }];
      return rows(runId, figures, performance.now() - started);
    },
  };
}
