/**
 * @file The figures beside gen-PPL of a cell: measured from its kept samples, whenever a metric is there that they lack.
 *
 * A cell is done without them: a metric that comes later is measured where samples are still kept, and nothing is drawn again.
 */
import { mean } from "@sdtt/core/statistics";
import { evaluationKey, type Store } from "@sdtt/core/store";
import {
  type Figure,
  figuresFor,
  type Measures,
  measureFigures,
  sampledTexts,
  usualMeasures,
} from "../metrics/figures.js";
import { cellPath, figureIdentity, madeBy, type Subject } from "./cellIdentity.js";
import { firstOf, loadSet, type SampleSet, type SamplingSettings } from "./sampleSet.js";

export const measuresOf = ({ measures = usualMeasures }: Pick<Subject, "measures">): Measures => measures;

export interface Cell {
  readonly subject: Subject;
  readonly steps: number;
  /** Of fewer samples than are kept, the first. */
  readonly settings: SamplingSettings;
}

function lackingFigures(store: Store, { subject, steps, settings }: Cell): Figure[] {
  return figuresFor(measuresOf(subject)).filter(
    (figure) => store.evaluation(evaluationKey(figureIdentity(subject, figure, steps, settings))) === undefined,
  );
}

/** Whether a finished cell lacks figures, and the samples to measure them from. */
export function lacksSamples(store: Store, root: string, cell: Cell): boolean {
  const { subject, steps, settings } = cell;
  if (lackingFigures(store, cell).length === 0) return false;
  return loadSet(cellPath(root, subject, steps, settings)).ids.length < settings.samples;
}

/**
 * Measures the figures that the store lacks; does nothing where the cell's samples are no longer kept.
 *
 * @param isWanted of all there are; left out, each
 */
export async function fillFigures(
  { store, runId, root }: { readonly store: Store; readonly runId: string; readonly root: string },
  cell: Cell,
  { set, isWanted = () => true }: { set?: SampleSet; isWanted?: (figure: Figure) => boolean } = {},
): Promise<void> {
  const { subject, steps, settings } = cell;
  const lacking = lackingFigures(store, cell).filter(isWanted);
  if (lacking.length === 0) return;
  const kept = firstOf(set ?? loadSet(cellPath(root, subject, steps, settings)), settings.samples);
  if (kept.ids.length < settings.samples) return;
  const { tokenizer } = subject;
  const names = new Set(lacking.map(({ declared }) => declared.name));
  const given = { samples: sampledTexts(kept.ids, tokenizer), tokenizer };
  const found = await measureFigures(measuresOf(subject), given, ({ name }) => names.has(name));
  const made = { ...madeBy(subject, runId, settings), nfe: mean(kept.nfe), wallMs: kept.wallMs };
  for (const figure of lacking) {
    const estimate = found.get(figure.declared.name);
    if (estimate) store.saveEvaluation({ ...figureIdentity(subject, figure, steps, settings), ...made, ...estimate });
  }
}
