/**
 * @file One cell of a curve: a checkpoint at one step count, sampled once and judged by every definition that applies.
 */
import { type Denoiser, type Engine, openDenoiser, parseSampler, type Tokenizer } from "@sdtt/core";
import { type EvaluationIdentity, evaluationKey, type Store } from "@sdtt/core/store";
import type { Checkpoint } from "./checkpoint.js";
import { diversityOf, type FigureName, figures, judgelessFigures, sampledTexts } from "./diversity.js";
import { precision } from "./evaluationRun.js";
import { definitionsFor, type GenPpl, type GenPplDefinition, genPplOf } from "./genPpl.js";
import type { Judge } from "./judge.js";
import { keptSamples, keptScores, type SampleSet, type SamplingSettings, setPath } from "./sampleSet.js";
import { mean } from "./statistics.js";

export interface CellSettings extends SamplingSettings {
  /** Samples that are stored. */
  readonly keep: number;
}

/** A checkpoint with what it takes to sample from it and to judge the samples. */
export interface Subject {
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
}

const metric = "gen-ppl";

/** Of the network and of the draws; the second is a regime of its own (SDTT.md §3). */
export function precisionOf({ sampler = "ancestral" }: SamplingSettings): string {
  return parseSampler(sampler).precision === "float64" ? precision : "float32, drawn in float32 (Gumbel)";
}

export function definitionsOf({ checkpoint, tokenizer, judge }: Subject): GenPplDefinition[] {
  return definitionsFor({ tokenizer, length: checkpoint.model.length }, judge);
}

export function identityOf(
  { checkpoint, judge }: Pick<Subject, "checkpoint" | "judge">,
  definition: GenPplDefinition,
  steps: number,
  settings: SamplingSettings,
): EvaluationIdentity {
  const common = { checkpointHash: checkpoint.hash, judgeHash: judge.hash, metric, definition };
  return { ...common, ...drawnAs(settings), steps };
}

/** What a row says of how its samples were drawn. */
function drawnAs({ seed, temperature, samples, sampler = "ancestral", topP = 1 }: SamplingSettings) {
  return { seed, temperature, n: samples, sampler: parseSampler(sampler).written, topP };
}

/** The row of a figure that needs no judge. */
export function figureIdentity(
  { checkpoint }: Pick<Subject, "checkpoint">,
  name: FigureName,
  steps: number,
  settings: SamplingSettings,
): EvaluationIdentity {
  const { definition } = figures[name];
  return { checkpointHash: checkpoint.hash, metric: name, definition, ...drawnAs(settings), steps };
}

/** Whether the store has every figure of the cell. */
export function isDone(store: Store, subject: Subject, steps: number, settings: CellSettings): boolean {
  const has = (identity: EvaluationIdentity) => store.evaluation(evaluationKey(identity)) !== undefined;
  return (
    definitionsOf(subject).every((name) => has(identityOf(subject, name, steps, settings))) &&
    judgelessFigures.every((name) => has(figureIdentity(subject, name, steps, settings)))
  );
}

function save(store: Store, runId: string, subject: Subject, settings: CellSettings, steps: number, set: SampleSet) {
  const { checkpoint, tokenizer } = subject;
  const { entropy, ...others } = diversityOf(sampledTexts(set.ids, tokenizer), tokenizer.endOfText);
  const made = {
    runId,
    round: checkpoint.round,
    weights: checkpoint.weights,
    dtype: precisionOf(settings),
    nfe: mean(set.nfe),
    wallMs: set.wallMs,
  };
  for (const [name, estimate] of Object.entries(others)) {
    store.saveEvaluation({ ...figureIdentity(subject, name as FigureName, steps, settings), ...made, ...estimate });
  }
  const kept = set.ids.slice(0, settings.keep).map((ids, index) => {
    const revealSteps = [...(set.revealSteps[index] as Int32Array)];
    const pieces = [...ids].map((id) => tokenizer.decode([id]));
    return { index, seed: settings.seed, text: tokenizer.decode(ids), ids: [...ids], pieces, revealSteps };
  });
  return ({ definition, value, stderr, sampleNll }: GenPpl) => {
    const row = {
      ...identityOf(subject, definition, steps, settings),
      ...made,
      ...{ value, stderr, entropy: entropy.value, entropyStderr: entropy.stderr },
    };
    const samples = kept.map((sample) => ({ ...sample, nll: sampleNll[sample.index] as number }));
    store.saveEvaluation(row, samples);
  };
}

/** The cell's samples and what the judge said of them, from their files as far as they are there. */
async function judgedSet(
  root: string,
  denoiser: Denoiser,
  subject: Subject,
  steps: number,
  settings: CellSettings,
  onStep: () => void,
) {
  const { checkpoint, tokenizer, judge } = subject;
  const path = setPath(root, { checkpointHash: checkpoint.hash, length: denoiser.length, steps }, settings);
  const set = await keptSamples(path, () => denoiser, steps, settings, { onStep });
  const judged: GenPpl[] = [];
  for (const name of definitionsOf(subject)) {
    judged.push(genPplOf(name, await keptScores(path, name, set.ids, tokenizer, judge)));
  }
  return { set, judged };
}

/** Evaluates the subject at each step count that the store lacks; each is saved as soon as it is complete. */
export async function evaluateCells(
  engine: Engine,
  { store, runId, root }: { readonly store: Store; readonly runId: string; readonly root: string },
  subject: Subject,
  stepCounts: readonly number[],
  settingsAt: (steps: number) => CellSettings,
  onStep: (steps: number) => void,
): Promise<void> {
  const missing = stepCounts.filter((steps) => !isDone(store, subject, steps, settingsAt(steps)));
  if (missing.length === 0) return;
  const { checkpoint } = subject;
  const denoiser = openDenoiser(engine, checkpoint.model, checkpoint.tensors);
  try {
    for (const steps of missing) {
      const settings = settingsAt(steps);
      const { set, judged } = await judgedSet(root, denoiser, subject, steps, settings, () => onStep(steps));
      const saveOne = save(store, runId, subject, settings, steps, set);
      for (const result of judged) saveOne(result);
      store.heartbeat(runId);
    }
  } finally {
    denoiser.dispose();
  }
}
