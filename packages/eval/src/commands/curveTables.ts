/**
 * @file What a curve prints: its cells as they are in the store, by definition, the teacher's beside the student's.
 */
import { alignTable } from "@sdtt/core/cli";
import { parseSampler } from "@sdtt/core/sampler";
import { formatNumber, formatWithError } from "@sdtt/core/statistics";
import { type EvaluationRecord, evaluationKey, type Store } from "@sdtt/core/store";
import { frontiersFor, matchedGainText, teacherStepsText } from "../findings/teacherSteps.js";
import { judgeText } from "../judge/judge.js";
import { partnerPassesFigure } from "../metrics/partnerPasses.js";
import type { GenPplDefinition } from "../metrics/text/genPpl.js";
import {
  type CellSettings,
  definitionsOf,
  figureIdentity,
  identityOf,
  type Subject,
  scheduleText,
} from "../samples/cellIdentity.js";
import { samplesAt } from "../samples/samplesAt.js";
import { frontierCommand } from "./storedLine.js";

/** A label a subject: "teacher", "student", or the round where it is a teacher of a later round; and which weights. */
export function labelOf(subject: Subject, isStudent: boolean): string {
  const { round, unfinished, control, weights } = subject.checkpoint;
  const what =
    control === "null" || control === "equal-updates" ? `control (${control})` : isStudent ? "student" : "teacher";
  const name = round === 0 ? "teacher" : `${what}, ${unfinished ?? `round ${round}`}, ${weights}`;
  return [name, scheduleText(subject) ?? []].flat().join(", ");
}

type Row = EvaluationRecord | undefined;

/** Student's gen-PPL as a share of the teacher's, which a temperature lowers too. Samples are taken as independent. */
function changeOf(student: Row, teacher: Row): string {
  if (!student?.value || !teacher?.value) return "–";
  const value = student.value / teacher.value;
  const relative = Math.hypot((student.stderr ?? 0) / student.value, (teacher.stderr ?? 0) / teacher.value);
  return formatWithError({ value, stderr: value * relative });
}

/** The comparison that counts, where the store has the teacher's temperatures. */
function matchedLines(store: Store, cells: readonly Row[], teacher: Row): string[][] {
  if (!teacher) return [];
  const found = cells.map((row) => row && { row, frontiers: frontiersFor(store, row, teacher.subjectHash) });
  const gains = found.map((one) => (one ? matchedGainText(one.row, one.frontiers) : "–"));
  if (gains.every((text) => text === "–")) return [];
  const steps = found.map((one) => (one ? teacherStepsText(one.row, one.frontiers) : "–"));
  return [
    ["gain at matched entropy", ...gains],
    ["teacher steps for the same text", ...steps],
  ];
}

interface CurveRow {
  readonly label: string;
  readonly cells: readonly Row[];
  /** What the sampler's second network cost, where it has one. */
  readonly passes: readonly Row[];
}

interface DefinitionCells {
  readonly definition: GenPplDefinition;
  /** The teacher's first. */
  readonly rows: readonly CurveRow[];
  /** Lines of the comparison at equal entropy; none where the teacher's temperatures are not stored. */
  readonly matched: readonly (readonly string[])[];
}

function curveTable({ definition, rows, matched }: DefinitionCells, steps: readonly number[]) {
  const lines = (name: string, show: (row: EvaluationRecord) => string) =>
    rows.map(({ label, cells }) => [`${name}, ${label}`, ...cells.map((row) => (row ? show(row) : "–"))]);
  const [teacher, student] = rows;
  const ppl = ({ value, stderr }: EvaluationRecord) => formatWithError({ value, stderr: stderr ?? Number.NaN });
  const entropy = (row: EvaluationRecord) =>
    formatWithError({ value: row.entropy ?? Number.NaN, stderr: row.entropyStderr ?? Number.NaN });
  // Of a sampler with a second network NFE tells half of the cost.
  const costs = rows
    .filter(({ passes }) => passes.some((row) => row !== undefined))
    .flatMap(({ label, cells, passes }) => [
      [`partner's passes, ${label}`, ...passes.map((row) => (row ? formatNumber(row.value) : "–"))],
      [`ms a sample, ${label}`, ...cells.map((row) => (row?.wallMs ? formatNumber(row.wallMs / row.n) : "–"))],
    ]);
  return alignTable([
    [`${definition} at steps`, ...steps.map(String)],
    ...lines("gen-PPL", ppl),
    ...(student ? [["student ÷ teacher", ...student.cells.map((row, i) => changeOf(row, teacher?.cells[i]))]] : []),
    ...lines("entropy", entropy),
    ...lines("NFE", ({ nfe }) => formatNumber(nfe ?? Number.NaN)),
    ...costs,
    ...matched,
    ["samples", ...(teacher?.cells.map((row) => String(row?.n ?? "–")) ?? [])],
  ]);
}

interface Steps {
  readonly steps: readonly number[];
}

export type CurveSettings = Omit<CellSettings, "samples"> & { readonly samples?: number | undefined };

export const cellAt = (settings: CurveSettings, steps: number): CellSettings => ({
  ...settings,
  samples: samplesAt(steps, settings.samples),
});

/** By definition the subjects' cells, the teacher's first, read back from the store. */
export function cellsOf(
  store: Store,
  subjects: readonly Subject[],
  steps: readonly number[],
  settings: CurveSettings,
): DefinitionCells[] {
  const [student] = subjects;
  return (student ? definitionsOf(student) : []).map((definition) => {
    const cell = (subject: Subject, count: number) =>
      store.evaluation(evaluationKey(identityOf(subject, definition, count, cellAt(settings, count))));
    const passed = (subject: Subject, count: number) => {
      const figure = { declared: partnerPassesFigure };
      return store.evaluation(evaluationKey(figureIdentity(subject, figure, count, cellAt(settings, count))));
    };
    const row = (subject: Subject): CurveRow => ({
      label: labelOf(subject, subject === student),
      cells: steps.map((count) => cell(subject, count)),
      passes: steps.map((count) => passed(subject, count)),
    });
    const rows = [...subjects].reverse().map(row);
    const [teacher, beside] = rows;
    const control = teacher?.cells.find((one) => one !== undefined);
    return { definition, rows, matched: beside ? matchedLines(store, beside.cells, control) : [] };
  });
}

/** The tables of all definitions, and what they are of. */
export function curveReport(
  found: readonly DefinitionCells[],
  subjects: readonly Subject[],
  settings: CurveSettings & Steps & { readonly root: string },
) {
  const [student] = subjects;
  const tables = found.map((one) => curveTable(one, settings.steps));
  const { temperature, seed, sampler = "ancestral", topP = 1 } = settings;
  const models = [...subjects].reverse().map(({ checkpoint }, i, all) => {
    return `${i === all.length - 1 && checkpoint.round > 0 ? "student" : "teacher"}: ${checkpoint.text}`;
  });
  const hasMatched = found.some(({ matched }) => matched.length > 0);
  const hint = `no comparison at equal entropy yet: ${frontierCommand(student?.checkpoint.path ?? "", settings.root)} draws the teacher's temperatures`;
  const control = models.length > 1 ? [hasMatched ? "gain and steps: 95 % intervals over samples" : hint] : [];
  const named = [...models, ...control, ...(student ? [judgeText(student.judge)] : [])].join("\n");
  const drawn = [`temperature ${temperature}`, ...(topP < 1 ? [`top-p ${topP}`] : []), parseSampler(sampler).written];
  return `${tables.join("\n\n")}\n(± standard error, seed ${seed}, ${drawn.join(", ")}; entropy in nats)\n${named}\n`;
}
