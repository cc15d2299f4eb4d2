/**
 * @file What a report measures of one model besides curves: each an item that is in the store already, or is measured.
 */
import type { Engine } from "@sdtt/core/engine";
import { openDenoiser, parseSampler } from "@sdtt/core/sampler";
import { type EvaluationIdentity, evaluationKey, type Store } from "@sdtt/core/store";
import type { Tokenizer } from "@sdtt/core/text";
import { judgeLevel, type Level, levelFigureIdentities, levelFigures, levelIdentities } from "../findings/levels.js";
import type { Judge } from "../judge/judge.js";
import type { FeatureScorer } from "../judge/scorer.js";
import { definitionOf, type FigureDeclaration } from "../metrics/contract.js";
import { measureSet, type OnShare, type OpenedSet, setIdentities } from "../metrics/dataSet.js";
import type { Measures } from "../metrics/figures.js";
import { type LatencyRequest, latenciesOf, latencyIdentity, msPerSample } from "../metrics/latency/latencies.js";
import { continuationFigures } from "../metrics/text/continuations.js";
import { groupedSelfBleu } from "../metrics/text/selfBleu.metric.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { precision } from "../record/evaluationRun.js";
import { hashOf } from "../record/hash.js";
import { type MeasuredRow, saveMeasured } from "../record/measured.js";
import { precisionOf } from "../samples/cellIdentity.js";
import { continuationTexts, continuePrompts, type Prompts, shuffledTexts } from "../samples/continuations.js";
import type { SamplingSettings } from "../samples/sampleSet.js";
import type { ShardNumber } from "../shards/shard.js";

export interface ReportItem {
  /** As progress and messages name it. */
  readonly name: string;
  /** What a reader of its figures must know. */
  readonly notes?: readonly string[];
  /** What guessing would have of its shares. */
  readonly chance?: number;
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
  readonly sequences: number;
  readonly shard?: ShardNumber | undefined;
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

/** What a set of data says of a model. */
export function setItem({ checkpoint, seed, root, shard }: ItemContext, name: string, opened: OpenedSet): ReportItem {
  return {
    name,
    inShards: true,
    notes: opened.notes,
    ...(opened.chance !== undefined && { chance: opened.chance }),
    identities: setIdentities(opened, checkpoint, seed),
    measure: (runId, onShare) => measureSet({ root, shard }, opened, checkpoint, { seed, runId }, onShare),
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
    ...request.steps.map((steps) => latencyIdentity(checkpoint.hash, { ...request, seed }, steps)),
    ...(baseline ? [latencyIdentity(baseline.hash, { ...request, seed })] : []),
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

/** Seeds of the clustering that MAUVE is averaged over, as in the paper's protocol. */
const clusterings = [1, 2, 3, 4, 5];

/** Tokens of the judge. */
const readBy = (judge: Judge, tokenizer: Tokenizer) => (ids: Int32Array) => {
  if (tokenizer.hash === judge.tokenizer.hash) return ids.subarray(0, judge.length);
  return judge.tokenizer.encode(tokenizer.decode(ids)).subarray(0, judge.length);
};

/** What MAUVE gives texts that nobody sampled, as many as continuations: its ceiling and its floor here. */
export function mauveLevelItem(
  { tokenizer, seed }: Pick<ItemContext, "tokenizer" | "seed">,
  judge: Judge & FeatureScorer,
  prompts: Prompts,
  name: string,
  texts: readonly Int32Array[],
): ReportItem {
  const subjectHash = hashOf(JSON.stringify(texts.map((ids) => [...ids])));
  const [figure] = continuationFigures as [FigureDeclaration];
  const of = { subjectHash, metric: figure.name, definition: definitionOf(figure) };
  const identity = { ...of, referenceHash: hashOf(judge.hash, prompts.hash), seed, temperature: 1, n: texts.length };
  return {
    name: `mauve of ${name}`,
    identities: [identity],
    async measure(runId) {
      const read = readBy(judge, tokenizer);
      const [ours, human] = [await judge.features(texts.map(read)), await judge.features(prompts.human.map(read))];
      const { mauve } = await import("../metrics/text/mauve.js");
      const { value, stderr } = mauve(ours, human, { seeds: clusterings });
      return [{ row: { ...identity, runId, round: 0, weights: "raw", dtype: precision, value, stderr } }];
    },
  };
}

export const mauveCeiling = "other held-out text (ceiling)";
export const mauveFloor = "shuffled text (floor)";

/** Held-out texts that are no prompts, and shuffled ones. */
export function mauveLevels(prompts: Prompts, seed: number): [name: string, texts: readonly Int32Array[]][] {
  const ceiling = prompts.others.length >= prompts.human.length ? prompts.others : [];
  const levels: [string, readonly Int32Array[]][] = [
    [mauveCeiling, ceiling],
    [mauveFloor, shuffledTexts(prompts, seed)],
  ];
  return levels.filter(([, texts]) => texts.length > 0);
}

/** MAUVE of continuations against held-out text, and self-BLEU across the continuations of a prompt. */
export function continuationItem(
  context: ItemContext,
  judge: Judge & FeatureScorer,
  prompts: Prompts,
  steps: number,
  settings: SamplingSettings,
): ReportItem {
  const { checkpoint, engine, tokenizer, root, seed } = context;
  const { sampler = "ancestral", topP = 1, temperature } = settings;
  const n = prompts.human.length * prompts.continuations;
  const judges = [hashOf(judge.hash, prompts.hash), prompts.hash];
  const identities = continuationFigures.map((figure, i): EvaluationIdentity => {
    const of = { subjectHash: checkpoint.hash, metric: figure.name, definition: definitionOf(figure) };
    const drawn = { seed, steps, sampler: parseSampler(sampler).written, topP, temperature, n };
    return { ...of, referenceHash: judges[i] as string, ...drawn };
  });
  const read = readBy(judge, tokenizer);
  return {
    name: `mauve at ${steps} steps`,
    identities,
    async measure(runId) {
      const started = performance.now();
      const denoiser = openDenoiser(engine, checkpoint.model, checkpoint.tensors);
      const drawn = continuePrompts(root, checkpoint.hash, () => denoiser, steps, prompts, settings);
      const { ids: texts } = await drawn.finally(() => denoiser.dispose());
      const [ours, human] = [await judge.features(texts.map(read)), await judge.features(prompts.human.map(read))];
      const { mauve } = await import("../metrics/text/mauve.js");
      const found = mauve(ours, human, { seeds: clusterings });
      const alike = groupedSelfBleu(continuationTexts(texts, prompts, tokenizer));
      const { round, weights, control } = checkpoint;
      const made = { runId, round, weights, control, dtype: precisionOf(settings) };
      const wallMs = performance.now() - started;
      return [found, alike].map(({ value, stderr }, i) => {
        return { row: { ...(identities[i] as EvaluationIdentity), ...made, wallMs, value, stderr } };
      });
    },
  };
}
