/**
 * @file The figures of evaluations, beside the stage that made them, so that a table of 500 cells needs no database.
 */
import { existsSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "@sdtt/core/files";
import { gainMetric, gainOfRows, type RecipeOutcome } from "@sdtt/core/statistics";
import { type EvaluationRecord, isEvaluation, openStore, readKnown, type StoreReader } from "@sdtt/core/store";
import { figuresOfText, figuresText, stageFile } from "@sdtt/core/sweep";
import { knownFigures } from "@sdtt/core/workspace";
import type { FrozenCell, FrozenStage } from "../cells/frozen.js";
import type { Result } from "../spec/define.js";
import { workStore } from "./command.js";

export type Figure = Omit<EvaluationRecord, "value" | "stderr"> & {
  readonly value: number;
  readonly stderr: number | null;
};

const resultsFile = (root: string, key: string): string => stageFile(root, key, "results.json");

/** Runs whose figures ship: every store has them. */
const shippedRuns = (): ReadonlySet<string> => new Set(readKnown(knownFigures)?.runs.map(({ id }) => id));

/**
 * The figures of a stage among all that its store has: of the models that its runs evaluated, drawn as its options say. One of them may be
 * among those that ship, and was not drawn again then.
 */
export function ownFigures(
  store: Pick<StoreReader, "runs" | "checkpoints" | "evaluations">,
  { options }: Pick<FrozenStage, "options">,
  shipped: ReadonlySet<string>,
): EvaluationRecord[] {
  const runs = new Set(store.runs().flatMap(({ id }) => (shipped.has(id) ? [] : [id])));
  const models = new Set([...runs].flatMap((runId) => store.checkpoints({ runId }).map(({ hash }) => hash)));
  const { seed, samples, sampler = "ancestral", temperature = 1, topP = 1 } = options;
  const isDrawnSo = (row: EvaluationRecord) =>
    row.seed === seed &&
    row.temperature === temperature &&
    (row.topP ?? 1) === topP &&
    (row.sampler ?? "ancestral") === sampler &&
    (samples === undefined || row.n === samples);
  return store
    .evaluations({ control: "any", sampler: "any" })
    .filter((row) => runs.has(row.runId) || (models.has(row.subjectHash) && (row.steps === null || isDrawnSo(row))));
}

/** Takes the figures out of a stage's own store. */
export function saveResults(root: string, stage: FrozenStage): void {
  if (!isEvaluation(stage.kind)) return;
  const store = openStore(workStore(root, stage), { readonly: true });
  try {
    writeFileAtomic(resultsFile(root, stage.key), figuresText(ownFigures(store, stage, shippedRuns())));
  } finally {
    store.close();
  }
}

const remembered = new Map<string, readonly Figure[]>();

/** All figures of an evaluation; none before it is done. They do not change after that, so a file is read once. */
export function figuresOf(root: string, key: string): readonly Figure[] {
  const path = resultsFile(root, key);
  const known = remembered.get(path);
  if (known) return known;
  if (!existsSync(path)) return [];
  const figures = figuresOfText<Figure>(readFileSync(path, "utf8"));
  remembered.set(path, figures);
  return figures;
}

/** The figure that a definition names, of one evaluation. */
function figureOf(root: string, key: string, { metric, definition, steps }: Result): Figure | undefined {
  return figuresOf(root, key).find(
    (figure) =>
      figure.metric === metric &&
      (definition === undefined || figure.definition === definition) &&
      (steps === undefined || figure.steps === steps),
  );
}

/** What a cell came to at a round: its result's figure, with the entropy of the same samples. */
export interface CellResult extends RecipeOutcome {
  readonly entropy: number | null;
  /** Why a gain is no number: no temperature of the teacher reaches the student's entropy. */
  readonly isOutside: boolean;
}

/** The same of the student's samples that a gain is one of. */
export const judgedBy = (result: Result): Result =>
  result.metric === gainMetric ? { ...result, metric: "gen-ppl" } : result;

/**
 * The result of a cell, of its last round or of another evaluation of it; undefined until all of it is measured.
 *
 * A gain takes the teacher's temperatures beside the student's row (`FrozenCell.control`); a student of lower entropy than
 * any of them has NaN, which no other cell is worse than.
 */
export function resultOf(
  root: string,
  { seed, control = [], result: last }: FrozenCell,
  result: Result,
  key = last,
): CellResult | undefined {
  if (key === undefined) return undefined;
  const figure = figureOf(root, key, judgedBy(result));
  if (figure === undefined) return undefined;
  const own = { seed, model: figure.subjectHash, n: figure.n, entropy: figure.entropy };
  if (result.metric !== gainMetric) return { ...own, value: figure.value, stderr: figure.stderr, isOutside: false };
  const teacher = control.map((stage) => figureOf(root, stage, judgedBy(result)));
  if (teacher.some((row) => row === undefined)) return undefined;
  const gain = gainOfRows(teacher as Figure[], figure);
  return { ...own, ...(gain ?? { value: Number.NaN, stderr: null }), isOutside: gain === undefined };
}
