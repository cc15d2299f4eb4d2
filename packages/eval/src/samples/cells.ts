/**
 * @file The cells of a curve: each sampled once, judged by every definition that applies, and stored as it is complete.
 */
import type { Engine } from "@sdtt/core/engine";
import {
  type Denoiser,
  openDenoiser,
  openNeighbours,
  openPartner,
  stagedDenoiser,
  withNeighbours,
  withPartner,
} from "@sdtt/core/sampler";
import { mean, meanWithStderr } from "@sdtt/core/statistics";
import { type EvaluationIdentity, evaluationKey, type Store } from "@sdtt/core/store";
import { partnerPassesFigure } from "../metrics/partnerPasses.js";
import { entropyBeside } from "../metrics/text/entropy.js";
import { type GenPpl, genPplOf } from "../metrics/text/genPpl.js";
import type { Checkpoint } from "../record/checkpoint.js";
import type { ItemsPlace } from "../shards/keptItems.js";
import { fillFigures, lacksSamples } from "./cellFigures.js";
import {
  type CellSettings,
  cellPath,
  type DrawnBy,
  datastoreIn,
  definitionsOf,
  figureIdentity,
  identityOf,
  madeBy,
  partnerIn,
  type Subject,
} from "./cellIdentity.js";
import { keptSamples, keptScores, type SampleSet, type SamplingSettings } from "./sampleSet.js";

/** What it takes to sample. */
export type Sampled = DrawnBy & Pick<Subject, "tokenizer">;

/** The subject with all that its sampler asks. */
export function openSubject(engine: Engine, subject: Sampled, settings: SamplingSettings): Denoiser {
  const { checkpoint } = subject;
  const [partner, datastore] = [partnerIn(subject, settings), datastoreIn(subject, settings)];
  if (datastore) {
    const own = openDenoiser(engine, checkpoint.model, checkpoint.tensors);
    return withNeighbours(own, openNeighbours(engine, own, datastore));
  }
  const alone = openAlone(engine, subject);
  return partner ? withPartner(alone, openPartner(engine, partner, subject.tokenizer.endOfText)) : alone;
}

function openAlone(engine: Engine, { checkpoint, early }: DrawnBy): Denoiser {
  const open = ({ model, tensors }: Checkpoint) => openDenoiser(engine, model, tensors);
  if (!early) return open(checkpoint);
  return stagedDenoiser([
    { denoiser: open(early.checkpoint), until: early.share },
    { denoiser: open(checkpoint), until: 1 },
  ]);
}

/** Whether the cell was drawn and judged; figures beside gen-PPL may still come. */
export function isDone(store: Store, subject: Subject, steps: number, settings: CellSettings): boolean {
  const has = (identity: EvaluationIdentity) => store.evaluation(evaluationKey(identity)) !== undefined;
  return definitionsOf(subject).every((name) => has(identityOf(subject, name, steps, settings)));
}

function save(store: Store, runId: string, subject: Subject, settings: CellSettings, steps: number, set: SampleSet) {
  const { tokenizer } = subject;
  const made = { ...madeBy(subject, runId, settings), nfe: mean(set.nfe), wallMs: set.wallMs };
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

/** What the second network cost, as a figure of its own: NFE is the denoiser's. */
function savePasses({ store, runId }: Recording, { subject, steps, settings }: CellOf, set: SampleSet): void {
  const { partnerPasses = [] } = set;
  if (partnerPasses.length === 0) return;
  const made = { ...madeBy(subject, runId, settings), nfe: mean(set.nfe), wallMs: set.wallMs };
  const identity = figureIdentity(subject, { declared: partnerPassesFigure }, steps, settings);
  store.saveEvaluation({ ...identity, ...made, ...meanWithStderr(partnerPasses) });
}

/** What the judge said of a cell's samples, from its files as far as they are there. */
async function judgedBy(root: string, { subject, steps, settings }: CellOf, set: SampleSet): Promise<GenPpl[]> {
  const { tokenizer, judge } = subject;
  const path = cellPath(root, subject, steps, settings);
  const judged: GenPpl[] = [];
  for (const name of definitionsOf(subject)) {
    judged.push(genPplOf(name, await keptScores(path, name, set.ids, tokenizer, judge)));
  }
  return judged;
}

/** Whether a cell's samples are to be drawn: it is not done, or what is lacking of it is to be measured from them. */
function isToDraw({ store, root }: Pick<Recording, "store" | "root">, cell: CellOf): boolean {
  const { subject, steps, settings } = cell;
  return !isDone(store, subject, steps, settings) || (settings.again === true && lacksSamples(store, root, cell));
}

/** Runs of the denoiser, a batch each, that the cells which are to be drawn take at most. */
export function stepsLacking(
  run: Pick<Recording, "store" | "root">,
  subject: Subject,
  stepCounts: readonly number[],
  settingsAt: (steps: number) => CellSettings,
): number {
  const lacking = stepCounts.filter((steps) => isToDraw(run, { subject, steps, settings: settingsAt(steps) }));
  return lacking.reduce((sum, steps) => {
    const { samples, sequences } = settingsAt(steps);
    return sum + steps * Math.ceil(samples / sequences);
  }, 0);
}

interface CellOf {
  readonly subject: Subject;
  readonly steps: number;
  readonly settings: CellSettings;
}

interface Recording extends ItemsPlace {
  readonly store: Store;
  readonly runId: string;
}

/**
 * Evaluates the subject at each step count that the store lacks, and measures what is lacking beside gen-PPL from kept samples;
 * each cell is saved as soon as it is complete.
 */
export async function evaluateCells(
  engine: Engine,
  run: Recording,
  subject: Subject,
  stepCounts: readonly number[],
  settingsAt: (steps: number) => CellSettings,
  onStep: (steps: number) => void,
): Promise<void> {
  const { store, runId, root, shard } = run;
  let denoiser: Denoiser | undefined;
  try {
    for (const steps of stepCounts) {
      const settings = settingsAt(steps);
      const cell = { subject, steps, settings };
      if (!isToDraw(run, cell)) {
        await fillFigures(run, cell);
        continue;
      }
      denoiser ??= openSubject(engine, subject, settings);
      const path = cellPath(root, subject, steps, settings);
      const set = await keptSamples(path, () => denoiser as Denoiser, steps, settings, { onStep: () => onStep(steps) });
      if (isDone(store, subject, steps, settings)) {
        await fillFigures(run, cell, { set });
        continue;
      }
      const judged = await judgedBy(root, cell, set);
      // Figures are of all rows: of a shard's there are none.
      if (shard) continue;
      const saveOne = save(store, runId, subject, settings, steps, set);
      for (const result of judged) saveOne(result);
      savePasses(run, cell, set);
      await fillFigures(run, cell, { set });
      store.heartbeat(runId);
    }
  } finally {
    denoiser?.dispose();
  }
}
