/**
 * @file What a report measures of one model besides curves: each an item that is in the store already, or is measured.
 */
import { type Engine, openDenoiser, type Tokenizer } from "@sdtt/core";
import type { Estimated } from "@sdtt/core/statistics";
import { type EvaluationIdentity, type EvaluationRow, evaluationKey, type Store } from "@sdtt/core/store";
import { judgeLevel, type Level, levelFigureIdentities, levelIdentities } from "../findings/levels.js";
import type { Judge } from "../judge/judge.js";
import { type FeatureScorer, openScorer } from "../judge/scorer.js";
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
import { readTextFile } from "../metrics/sets/textFile.js";
import { blockBounds, blockNlls, type CutSet, type TextSet, zeroShotOf } from "../metrics/sets/zeroShot.js";
import { groupedSelfBleu } from "../metrics/text/selfBleu.js";
import { type Checkpoint, isCausal } from "../record/checkpoint.js";
import { precision } from "../record/evaluationRun.js";
import { hashOf, timedHash } from "../record/hash.js";
import { precisionOf } from "../samples/cells.js";
import { continuationTexts, continuePrompts, type Prompts } from "../samples/continuations.js";
import type { SamplingSettings } from "../samples/sampleSet.js";

export interface ReportItem {
  /** As progress and messages name it. */
  readonly name: string;
  /** What a reader of its figures must know. */
  readonly note?: string | undefined;
  /** What it stores; all of them there means that it is done. */
  readonly identities: readonly EvaluationIdentity[];
  /** Gives its rows, as of this run; tells how much is done where that is known. */
  measure(runId: string, onShare: OnShare): Promise<readonly EvaluationRow[]>;
}

export interface ItemContext {
  readonly engine: Engine;
  readonly root: string;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  readonly seed: number;
  readonly times: number;
  readonly sequences: number;
}

/** Measures what the store lacks; true where something was. */
export async function runItem(
  store: Store,
  runId: string,
  { identities, measure }: ReportItem,
  onShare: OnShare,
): Promise<boolean> {
  if (identities.every((identity) => store.evaluation(evaluationKey(identity)) !== undefined)) return false;
  for (const row of await measure(runId, onShare)) store.saveEvaluation(row);
  return true;
}

/** Rows of figures in the order of their identities. */
function rowsOf({ checkpoint }: ItemContext, identities: readonly EvaluationIdentity[], dtype = precision) {
  const { round, weights, control } = checkpoint;
  return (runId: string, estimates: readonly Estimated[], wallMs: number): EvaluationRow[] =>
    estimates.map((estimate, i) => {
      return { ...(identities[i] as EvaluationIdentity), ...estimate, runId, round, weights, control, dtype, wallMs };
    });
}

function plainIdentities(
  { checkpoint, seed }: ItemContext,
  metrics: readonly string[],
  of: { readonly judgeHash: string; readonly n: number },
): EvaluationIdentity[] {
  const common = { checkpointHash: checkpoint.hash, seed, temperature: 1, ...of };
  return metrics.map((metric) => ({ ...common, metric, definition: `${metric}@1` }));
}

/** What a bound is held against: the set and, for a denoiser, how many times it was sampled at. */
function setHash({ checkpoint, times }: ItemContext, hash: string): string {
  return isCausal(checkpoint.model) ? hash : timedHash(hash, times);
}

export function passageItem(context: ItemContext, of: PassageSet): ReportItem {
  const { engine, checkpoint, tokenizer } = context;
  const { length } = checkpoint.model;
  const asked = { ...context, times: passageTimes };
  return {
    name: of.set,
    note: cutText(passageItems(of, checkpoint, tokenizer), `${of.set} passages`, length),
    identities: passageIdentities(checkpoint, of, asked),
    measure: (runId, onShare) =>
      measurePassages(engine, checkpoint, tokenizer, of, { ...asked, runId }, (done) =>
        onShare(done / of.passages.length),
      ),
  };
}

/** gen-PPL and what stands beside it of a level. */
export function levelItem(
  { tokenizer, seed }: Pick<ItemContext, "tokenizer" | "seed">,
  judge: Judge,
  level: Level,
): ReportItem {
  const judging = { tokenizer, judge, seed };
  return {
    name: level.name,
    identities: [...levelIdentities(level, judging), ...levelFigureIdentities(level, seed)],
    async measure(runId) {
      const { judged, figures } = await judgeLevel(level, judging, { runId, weights: "raw" });
      return [...judged.map(({ row }) => row), ...figures];
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
        return { ...(identities[i] as EvaluationIdentity), ...made, ...msPerSample(one) };
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
  const identities = plainIdentities(context, metrics, { judgeHash: setHash(context, cut.hash), n: cut.blocks.length });
  const score = async (onShare: OnShare) => {
    if (causal) {
      const scorer = openScorer(engine, model, tensors);
      return blockNlls(scorer, cut.blocks).finally(() => scorer.dispose());
    }
    const denoiser = openDenoiser(engine, model, tensors);
    const onScored = (done: number) => onShare(done / cut.blocks.length);
    return blockBounds(denoiser, cut.blocks, { seed, times, sequences }, onScored).finally(() => denoiser.dispose());
  };
  return {
    name: set,
    identities,
    async measure(runId, onShare) {
      const started = performance.now();
      const { perplexity, bitsPerByte } = zeroShotOf(await score(onShare), model.length - (causal ? 1 : 0), cut);
      return rowsOf(context, identities)(runId, [perplexity, bitsPerByte], performance.now() - started);
    },
  };
}

/** Accuracy by nats and by nats per byte on a set's file. */
export function choiceItem(context: ItemContext, set: ChoiceSet, path: string, labelsPath?: string): ReportItem {
  const { checkpoint, tokenizer, seed, times } = context;
  const questions = questionsOf(set, path, labelsPath);
  const { length } = checkpoint.model;
  const items = answerItems(questions, tokenizer, length);
  const text = hashOf(readTextFile(set, path), labelsPath ? readTextFile(set, labelsPath) : "");
  const judgeHash = setHash(context, text);
  const metrics = [`${set}-accuracy`, `${set}-accuracy-per-byte`];
  const identities = plainIdentities(context, metrics, { judgeHash, n: questions.length });
  return {
    name: set,
    note: cutText(items, "answers", length),
    identities,
    async measure(runId, onShare) {
      const started = performance.now();
      const onScored = (done: number) => onShare(done / items.length);
      const masks = answerMasks(items, seed, times);
      const scores = await scoreSorted(context.engine, checkpoint, masks, context.sequences, onScored);
      const { accuracy, normalised } = choiceFigures(
        questions,
        scores.map(({ nll }) => nll),
      );
      return rowsOf(context, identities)(runId, [accuracy, normalised], performance.now() - started);
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
  const base = plainIdentities(context, ["mauve", "self-bleu-continuations"], { judgeHash: "", n });
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
      return rows(runId, [found, alike], performance.now() - started);
    },
  };
}
