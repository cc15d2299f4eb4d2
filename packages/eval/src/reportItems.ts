/**
 * @file What a report measures of one model besides curves: each an item that is in the store already, or is measured.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Engine, openDenoiser, type Tokenizer } from "@sdtt/core";
import { type EvaluationIdentity, type EvaluationRow, evaluationKey, type Store } from "@sdtt/core/store";
import { precisionOf } from "./cells.js";
import { type Checkpoint, isCausal } from "./checkpoint.js";
import { answerItems, answerMasks, type ChoiceSet, choiceFigures, questionsOf } from "./choices.js";
import { continuationTexts, continuePrompts, type Prompts } from "./continuations.js";
import { precision } from "./evaluationRun.js";
import type { Judge } from "./judge.js";
import { measurePassages, type PassageSet, passageIdentities, scoreSorted } from "./lambada.js";
import type { SamplingSettings } from "./sampleSet.js";
import { type FeatureScorer, openScorer } from "./scorer.js";
import { groupedSelfBleu } from "./selfBleu.js";
import type { Estimated } from "./statistics.js";
import { blockBounds, blockNlls, type CutSet, type TextSet, zeroShotOf } from "./zeroShot.js";

export interface ReportItem {
  /** As progress and messages name it. */
  readonly name: string;
  /** What it stores; all of them there means that it is done. */
  readonly identities: readonly EvaluationIdentity[];
  measure(): Promise<readonly EvaluationRow[]>;
}

export interface ItemContext {
  readonly engine: Engine;
  readonly runId: string;
  readonly root: string;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  readonly seed: number;
  readonly times: number;
  readonly sequences: number;
}

const hashOf = (...parts: readonly string[]): string => createHash("sha256").update(parts.join("\n")).digest("hex");

/** Measures what the store lacks; true where something was. */
export async function runItem(store: Store, { identities, measure }: ReportItem): Promise<boolean> {
  if (identities.every((identity) => store.evaluation(evaluationKey(identity)) !== undefined)) return false;
  for (const row of await measure()) store.saveEvaluation(row);
  return true;
}

/** Rows of figures in the order of their identities. */
function rowsOf({ checkpoint, runId }: ItemContext, identities: readonly EvaluationIdentity[], dtype = precision) {
  return (estimates: readonly Estimated[], wallMs: number): EvaluationRow[] =>
    estimates.map((estimate, i) => {
      const { round, weights } = checkpoint;
      return { ...(identities[i] as EvaluationIdentity), ...estimate, runId, round, weights, dtype, wallMs };
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

/** As `lambada` takes them by default: the number is not part of what its rows are known by. */
const passageTimes = 8;

/** What a bound is held against: the set and, for a denoiser, how many times it was sampled at. */
function setHash({ checkpoint, times }: ItemContext, hash: string): string {
  return isCausal(checkpoint.model) ? hash : hashOf(hash, `times ${times}`);
}

export function passageItem(context: ItemContext, of: PassageSet): ReportItem {
  const { engine, checkpoint, tokenizer, seed } = context;
  return {
    name: of.set,
    identities: passageIdentities(checkpoint, of, seed),
    measure: () => measurePassages(engine, checkpoint, tokenizer, of, { ...context, times: passageTimes }, () => {}),
  };
}

/** Perplexity per token and bits per byte on a set's file. */
export function zeroShotItem(context: ItemContext, set: TextSet, cut: CutSet): ReportItem {
  const { engine, checkpoint, sequences, seed, times } = context;
  const { model, tensors } = checkpoint;
  const causal = isCausal(model);
  const metrics = ["ppl", "bits-per-byte"].map((what) => `${set}-${what}${causal ? "" : "-bound"}`);
  const identities = plainIdentities(context, metrics, { judgeHash: setHash(context, cut.hash), n: cut.blocks.length });
  const score = async () => {
    if (causal) {
      const scorer = openScorer(engine, model, tensors);
      return blockNlls(scorer, cut.blocks).finally(() => scorer.dispose());
    }
    const denoiser = openDenoiser(engine, model, tensors);
    return blockBounds(denoiser, cut.blocks, { seed, times, sequences }).finally(() => denoiser.dispose());
  };
  return {
    name: set,
    identities,
    async measure() {
      const started = performance.now();
      const { perplexity, bitsPerByte } = zeroShotOf(await score(), model.length - (causal ? 1 : 0), cut);
      return rowsOf(context, identities)([perplexity, bitsPerByte], performance.now() - started);
    },
  };
}

/** Accuracy by nats and by nats per byte on a set's file. */
export function choiceItem(context: ItemContext, set: ChoiceSet, path: string, labelsPath?: string): ReportItem {
  const { checkpoint, tokenizer, seed, times } = context;
  const questions = questionsOf(set, path, labelsPath);
  const { items, cut } = answerItems(questions, tokenizer, checkpoint.model.length);
  const text = hashOf(readFileSync(path, "utf8"), labelsPath ? readFileSync(labelsPath, "utf8") : "");
  const judgeHash = setHash(context, text);
  const metrics = [`${set}-accuracy`, `${set}-accuracy-per-byte`];
  const identities = plainIdentities(context, metrics, { judgeHash, n: questions.length });
  return {
    name: cut === 0 ? set : `${set} (${cut} of ${items.length} answers cut from the left to fit)`,
    identities,
    async measure() {
      const started = performance.now();
      const scores = await scoreSorted(context.engine, checkpoint, answerMasks(items, seed, times), context.sequences);
      const { accuracy, normalised } = choiceFigures(
        questions,
        scores.map(({ nll }) => nll),
      );
      return rowsOf(context, identities)([accuracy, normalised], performance.now() - started);
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
    async measure() {
      const started = performance.now();
      const denoiser = openDenoiser(engine, checkpoint.model, checkpoint.tensors);
      const texts = await continuePrompts(root, checkpoint.hash, denoiser, steps, prompts, settings).finally(() =>
        denoiser.dispose(),
      );
      const [ours, human] = [await judge.features(texts.map(read)), await judge.features(prompts.human.map(read))];
      const { mauve } = await import("./mauve.js");
      const found = mauve(ours, human, { seeds: clusterings });
      const alike = groupedSelfBleu(continuationTexts(texts, prompts, tokenizer));
      const rows = rowsOf(context, identities, precisionOf(settings));
      return rows([found, alike], performance.now() - started);
    },
  };
}
