/**
 * @file One cell of a curve: a checkpoint at one step count, sampled once and judged by every definition that applies.
 */
import { type Denoiser, type Engine, openDenoiser, sampleAncestral, type Tokenizer } from "@sdtt/core";
import { type EvaluationIdentity, evaluationKey, type Store } from "@sdtt/core/store";
import type { Checkpoint } from "./checkpoint.js";
import { meanSampleEntropy } from "./entropy.js";
import { precision } from "./evaluationRun.js";
import { definitionsFor, type GenPpl, type GenPplDefinition, genPpl } from "./genPpl.js";
import type { Judge } from "./judge.js";
import { mean } from "./statistics.js";

export interface CellSettings {
  readonly samples: number;
  readonly sequences: number;
  readonly seed: number;
  readonly temperature: number;
  /** Samples that are stored. */
  readonly keep: number;
}

/** A checkpoint with what it takes to sample from it and to judge the samples. */
export interface Subject {
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
}

export interface SampleSet {
  readonly ids: readonly Int32Array[];
  readonly revealSteps: readonly Int32Array[];
  /** Network evaluations of each sample. */
  readonly nfe: readonly number[];
  /** Sampling alone. */
  readonly wallMs: number;
}

const metric = "gen-ppl";

export function definitionsOf({ checkpoint, tokenizer, judge }: Subject): GenPplDefinition[] {
  return definitionsFor({ tokenizer, length: checkpoint.model.length }, judge);
}

export function identityOf(
  { checkpoint, judge }: Pick<Subject, "checkpoint" | "judge">,
  definition: GenPplDefinition,
  steps: number,
  { seed, temperature, samples }: CellSettings,
): EvaluationIdentity {
  const common = { checkpointHash: checkpoint.hash, judgeHash: judge.hash, metric, definition };
  return { ...common, steps, seed, temperature, n: samples };
}

/** Whether the store has every figure of the cell. */
export function isDone(store: Store, subject: Subject, steps: number, settings: CellSettings): boolean {
  const has = (name: GenPplDefinition) => store.evaluation(evaluationKey(identityOf(subject, name, steps, settings)));
  return definitionsOf(subject).every((name) => has(name) !== undefined);
}

/**
 * Samples in batches of `sequences`.
 *
 * Holds    sample i is the same whatever the batches
 */
export async function drawSamples(
  denoiser: Denoiser,
  numSteps: number,
  { samples, sequences, seed, temperature }: Omit<CellSettings, "keep">,
  onStep: () => void = () => {},
): Promise<SampleSet> {
  const { length } = denoiser;
  const ids: Int32Array[] = [];
  const revealSteps: Int32Array[] = [];
  const nfe: number[] = [];
  const started = performance.now();
  for (let first = 0; first < samples; first += sequences) {
    const batch = Math.min(sequences, samples - first);
    const drawn = await sampleAncestral(denoiser, { numSteps, batch, length, seed, first, temperature, onStep });
    for (let i = 0; i < batch; i++) {
      ids.push(drawn.ids.slice(i * length, (i + 1) * length));
      revealSteps.push(drawn.revealSteps.slice(i * length, (i + 1) * length));
      nfe.push(drawn.nfe[i] as number);
    }
  }
  return { ids, revealSteps, nfe, wallMs: performance.now() - started };
}

function save(store: Store, runId: string, subject: Subject, settings: CellSettings, steps: number, set: SampleSet) {
  const { checkpoint, tokenizer } = subject;
  const entropy = meanSampleEntropy(set.ids);
  const kept = set.ids.slice(0, settings.keep).map((ids, index) => {
    const revealSteps = [...(set.revealSteps[index] as Int32Array)];
    return { index, seed: settings.seed, text: tokenizer.decode(ids), ids: [...ids], revealSteps };
  });
  return ({ definition, value, stderr, sampleNll }: GenPpl) => {
    const row = {
      ...identityOf(subject, definition, steps, settings),
      runId,
      round: checkpoint.round,
      weights: checkpoint.weights,
      dtype: precision,
      nfe: mean(set.nfe),
      value,
      stderr,
      entropy: entropy.value,
      entropyStderr: entropy.stderr,
      wallMs: set.wallMs,
    };
    const samples = kept.map((sample) => ({ ...sample, nll: sampleNll[sample.index] as number }));
    store.saveEvaluation(row, samples);
  };
}

/** Evaluates the subject at each step count that the store lacks; each is saved as soon as it is complete. */
export async function evaluateCells(
  engine: Engine,
  store: Store,
  runId: string,
  subject: Subject,
  stepCounts: readonly number[],
  settingsAt: (steps: number) => CellSettings,
  onStep: (steps: number) => void,
): Promise<void> {
  const missing = stepCounts.filter((steps) => !isDone(store, subject, steps, settingsAt(steps)));
  if (missing.length === 0) return;
  const { checkpoint, tokenizer, judge } = subject;
  const denoiser = openDenoiser(engine, checkpoint.model, checkpoint.tensors);
  try {
    for (const steps of missing) {
      const settings = settingsAt(steps);
      const set = await drawSamples(denoiser, steps, settings, () => onStep(steps));
      const saveOne = save(store, runId, subject, settings, steps, set);
      const judged = [];
      for (const name of definitionsOf(subject)) judged.push(await genPpl(name, set.ids, tokenizer, judge));
      for (const result of judged) saveOne(result);
      store.heartbeat(runId);
    }
  } finally {
    denoiser.dispose();
  }
}
