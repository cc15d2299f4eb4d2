/**
 * @file One cell of a curve: a checkpoint at one step count, sampled once and judged by every definition that applies.
 */
import { type Denoiser, type Engine, openDenoiser, parseSampler, roundSchedule, type Tokenizer } from "@sdtt/core";
import { mean } from "@sdtt/core/statistics";
import { type EvaluationIdentity, evaluationKey, type Store } from "@sdtt/core/store";
import type { Judge } from "../judge/judge.js";
import { diversityOf, type FigureName, figures, judgelessFigures, sampledTexts } from "../metrics/text/diversity.js";
import { entropyBeside } from "../metrics/text/entropy.js";
import { definitionsFor, type GenPpl, type GenPplDefinition, genPplOf } from "../metrics/text/genPpl.js";
import type { Checkpoint } from "../record/checkpoint.js";
import { precision } from "../record/evaluationRun.js";
import { keptSamples, keptScores, type SampleSet, type SamplingSettings, setPath } from "./sampleSet.js";

export interface CellSettings extends SamplingSettings {
  /** Samples that are stored. */
  readonly keep: number;
}

/** Another round's student, which takes the first steps. */
export interface Early {
  readonly checkpoint: Checkpoint;
  /** Of all steps. */
  readonly share: number;
}

/** A checkpoint with what it takes to sample from it and to judge the samples. */
export interface Subject {
  readonly checkpoint: Checkpoint;
  readonly early?: Early | undefined;
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
}

const metric = "gen-ppl";

/** Of the network and of the draws; the second is a regime of its own (docs/method.md, 4). */
export function precisionOf({ sampler = "ancestral" }: SamplingSettings): string {
  return parseSampler(sampler).precision === "float64" ? precision : "float32, drawn in float32 (Gumbel)";
}

export function definitionsOf({ checkpoint, tokenizer, judge }: Subject): GenPplDefinition[] {
  return definitionsFor({ tokenizer, length: checkpoint.model.length }, judge);
}

type Sampled = Pick<Subject, "checkpoint" | "early">;

export function identityOf(
  { judge, ...sampled }: Sampled & Pick<Subject, "judge">,
  definition: GenPplDefinition,
  steps: number,
  settings: SamplingSettings,
): EvaluationIdentity {
  const common = { checkpointHash: sampled.checkpoint.hash, judgeHash: judge.hash, metric, definition };
  return { ...common, ...drawnAs(sampled, settings), steps };
}

/** "first 0.5 by 1a2b3c4d5e6f", or nothing where one student takes all steps. */
export const scheduleText = ({ early }: Pick<Subject, "early">): string | undefined =>
  early && `first ${early.share} by ${early.checkpoint.hash.slice(0, 12)}`;

/** What a row says of how its samples were drawn; a schedule of rounds is a sampler of its own. */
function drawnAs(subject: Sampled, { seed, temperature, samples, sampler = "ancestral", topP = 1 }: SamplingSettings) {
  const written = [parseSampler(sampler).written, scheduleText(subject) ?? []].flat().join(", ");
  return { seed, temperature, n: samples, sampler: written, topP };
}

/** Where the samples of a cell are kept. */
export function cellPath(root: string, subject: Sampled, steps: number, settings: SamplingSettings): string {
  const { hash: checkpointHash, model } = subject.checkpoint;
  const schedule = scheduleText(subject);
  return setPath(root, { checkpointHash, length: model.length, steps, ...(schedule && { schedule }) }, settings);
}

function openSubject(engine: Engine, { checkpoint, early }: Sampled): Denoiser {
  const open = ({ model, tensors }: Checkpoint) => openDenoiser(engine, model, tensors);
  if (!early) return open(checkpoint);
  return roundSchedule([
    { denoiser: open(early.checkpoint), until: early.share },
    { denoiser: open(checkpoint), until: 1 },
  ]);
}

/** The row of a figure that needs no judge. */
export function figureIdentity(
  sampled: Sampled,
  name: FigureName,
  steps: number,
  settings: SamplingSettings,
): EvaluationIdentity {
  const { definition } = figures[name];
  const checkpointHash = sampled.checkpoint.hash;
  return { checkpointHash, metric: name, definition, ...drawnAs(sampled, settings), steps };
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
  const { entropy: _, ...others } = diversityOf(sampledTexts(set.ids, tokenizer), tokenizer.endOfText);
  const made = {
    runId,
    round: checkpoint.round,
    weights: checkpoint.weights,
    control: checkpoint.control,
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
  return ({ definition, value, stderr, sampleNll, scores }: GenPpl) => {
    const row = {
      ...identityOf(subject, definition, steps, settings),
      ...made,
      ...{ value, stderr, ...entropyBeside(set.ids, scores) },
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
  const { tokenizer, judge } = subject;
  const path = cellPath(root, subject, steps, settings);
  const set = await keptSamples(path, () => denoiser, steps, settings, { onStep });
  const judged: GenPpl[] = [];
  for (const name of definitionsOf(subject)) {
    judged.push(genPplOf(name, await keptScores(path, name, set.ids, tokenizer, judge)));
  }
  return { set, judged };
}

/** Runs of the denoiser, a batch each, that the cells which the store lacks take at most. */
export function stepsLacking(
  store: Store,
  subject: Subject,
  stepCounts: readonly number[],
  settingsAt: (steps: number) => CellSettings,
): number {
  const lacking = stepCounts.filter((steps) => !isDone(store, subject, steps, settingsAt(steps)));
  return lacking.reduce((sum, steps) => {
    const { samples, sequences } = settingsAt(steps);
    return sum + steps * Math.ceil(samples / sequences);
  }, 0);
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
  const denoiser = openSubject(engine, subject);
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
