/**
 * @file Who stands in a student's story: its teacher, the students that ship, AR and real text, as far as the store has
 * figures of them. Nothing is drawn here.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseState, readCheckpointState } from "@sdtt/core/checkpoint";
import { reportedGuidance, spaced } from "@sdtt/core/sampler";
import { geometricMean, mean } from "@sdtt/core/statistics";
import type { EvaluationRecord, StoreReader } from "@sdtt/core/store";
import { shareTokenizer } from "@sdtt/core/text";
import { roundAssets } from "@sdtt/core/workspace";
import type { Checkpoint } from "../../record/checkpoint.js";
import { precision } from "../../record/evaluationRun.js";

type Row = EvaluationRecord;
type Reader = Pick<StoreReader, "evaluations" | "run" | "runs">;

/** What figures are asked for: by which definition, of which judge. */
export interface Judged {
  readonly definition: string;
  readonly referenceHash: string;
}

export interface Line {
  readonly kind: "teacher" | "student" | "shipped" | "ordered" | "guided" | "level";
  readonly label: string;
  /** By step count, a row a seed; what takes no steps under null. */
  readonly cells: ReadonlyMap<number | null, readonly Row[]>;
}

/** Several seeds as one figure, with the relative error of the mean. */
export interface Figure {
  readonly genPpl: number;
  readonly entropy: number;
  readonly nfe: number | null;
  readonly lnStderr: number;
  readonly entropyStderr: number;
}

const errorOfMean = (errors: readonly number[]): number => Math.hypot(...errors) / errors.length;

export function figureOf(rows: readonly Row[]): Figure {
  const nfe = rows.flatMap((row) => row.nfe ?? []);
  return {
    genPpl: geometricMean(rows.map(({ value }) => value)),
    entropy: mean(rows.map(({ entropy }) => entropy ?? Number.NaN)),
    nfe: nfe.length > 0 ? mean(nfe) : null,
    lnStderr: errorOfMean(rows.map(({ value, stderr }) => (stderr ?? Number.NaN) / value)),
    entropyStderr: errorOfMean(rows.map(({ entropyStderr }) => entropyStderr ?? Number.NaN)),
  };
}

/** Of a step count and a seed the row of the most samples. */
function cellsOf(rows: readonly Row[]): Line["cells"] {
  const most = new Map<string, Row>();
  for (const row of rows) {
    const place = `${row.steps} ${row.seed}`;
    if (row.dtype === precision && row.n > (most.get(place)?.n ?? 0)) most.set(place, row);
  }
  const cells = new Map<number | null, Row[]>();
  for (const row of most.values()) cells.set(row.steps, [...(cells.get(row.steps) ?? []), row]);
  return cells;
}

interface Drawn {
  readonly sampler: string | null;
  readonly temperature: number;
}

/** Figures of a model drawn in one way, by its usual sampler at temperature 1 if left out, whoever measured them. */
export function modelCells(
  store: Reader,
  subjectHash: string,
  judged: Judged,
  { sampler, temperature }: Drawn = { sampler: null, temperature: 1 },
) {
  const all = store.evaluations({ ...judged, subjectHash, temperature, control: "any", sampler: "any" });
  return cellsOf(all.filter((row) => row.sampler === sampler && row.topP === null));
}

const labelOf = ({ round, unfinished, control }: Checkpoint): string =>
  control === "null" || control === "equal-updates"
    ? `${control} control, round ${round}`
    : (unfinished ?? `round ${round}`);

/** Students of the teacher that ship with the project. */
function shippedLines(store: Reader, shipped: string, { teacher, student }: Models, judged: Judged): Line[] {
  return roundAssets(shipped).flatMap(({ round, path }): Line[] => {
    const { hashes, state } = readCheckpointState(path);
    const [origin] = parseState(path, state).lineage;
    if (origin !== teacher?.hash || hashes.model === student.hash) return [];
    return [{ kind: "shipped", label: `round ${round}, ships`, cells: modelCells(store, hashes.model, judged) }];
  });
}

/** The teacher, and the last student that ships, from coarse to fine; read as if it were their ancestral steps, which they are held against. */
function orderedLines(store: Reader, shipped: string, { teacher }: Models, judged: Judged): Line[] {
  const last = roundAssets(shipped).at(-1);
  const state = last && readCheckpointState(last.path);
  const isOfTeacher = last && state && parseState(last.path, state.state).lineage[0] === teacher?.hash;
  const models = [
    ...(teacher ? [{ label: "teacher", hash: teacher.hash }] : []),
    ...(isOfTeacher ? [{ label: `round ${last.round}`, hash: state.hashes.model }] : []),
  ];
  return models.map(({ label, hash }): Line => {
    const found = [...modelCells(store, hash, judged, { sampler: spaced.name, temperature: 1 })];
    const cells = new Map(found.map(([steps, rows]) => [steps, rows.map((row) => ({ ...row, sampler: null }))]));
    return { kind: "ordered", label: `${label}, coarse to fine`, cells };
  });
}

/** The teacher from coarse to fine and guided. */
function guidedLine(store: Reader, teacher: Checkpoint, judged: Judged): Line {
  const { temperature } = reportedGuidance;
  const cells = modelCells(store, teacher.hash, judged, reportedGuidance);
  return { kind: "guided", label: `teacher, guided, τ = ${temperature}`, cells };
}

/** The AR baseline of the student's tokenizer and length, and the text that was measured with it. */
function levelLines(store: Reader, shipped: string, { student, root }: Models, judged: Judged): Line[] {
  const path = join(shipped, "ar");
  if (!existsSync(join(path, "state.json"))) return [];
  const { hashes, state } = readCheckpointState(path);
  const { tokenizerHash, model } = parseState(path, state);
  const [own, { length }] = [{ path, tokenizerHash }, model];
  if (length !== student.model.length || !shareTokenizer(own, student, root)) return [];
  const baseline = modelCells(store, hashes.model, judged);
  const [row] = baseline.get(null) ?? [];
  const experiment = row && store.run(row.runId)?.experiment;
  const texts = experiment === undefined ? [] : store.runs({ experiment, name: "real text" });
  const ofText = texts.flatMap(({ id }) => store.evaluations({ ...judged, runId: id }));
  return [
    { kind: "level", label: "AR baseline", cells: baseline },
    { kind: "level", label: "real text", cells: cellsOf(ofText) },
  ];
}

export interface Models {
  readonly student: Checkpoint;
  readonly teacher: Checkpoint | undefined;
  readonly root: string;
}

/** The lines of the table in order; those of which nothing is known are left out. */
export function storyLines(store: Reader, shipped: string, models: Models, judged: Judged): Line[] {
  const { student, teacher } = models;
  const label = `this student, ${labelOf(student)}`;
  const lines: Line[] = [
    ...(teacher
      ? [{ kind: "teacher", label: "teacher", cells: modelCells(store, teacher.hash, judged) } as const]
      : []),
    { kind: "student", label, cells: modelCells(store, student.hash, judged) },
    ...shippedLines(store, shipped, models, judged),
    ...orderedLines(store, shipped, models, judged),
    ...(teacher ? [guidedLine(store, teacher, judged)] : []),
    ...levelLines(store, shipped, models, judged),
  ];
  return lines.filter(({ cells }) => cells.size > 0);
}
