/**
 * @file The headline of one student: how many steps its teacher needs for the same text at the student's entropy.
 *
 * From the store's rows, as the page and the default report have it; the teacher's temperatures may have been drawn by other
 * commands (`frontier`, `report`, `curve --temperature`).
 */
import {
  controlsOf,
  effectOf,
  evaluationsAt,
  formatNumber,
  formatStepsNeeded,
  gainCell,
  type Interval,
  type JudgedPoint,
  pointOfRow,
  ratioInterval,
  type SeedBesideTeacher,
  stepsNeeded,
} from "@sdtt/core/statistics";
import type { EvaluationRecord, StoreReader } from "@sdtt/core/store";

type Row = EvaluationRecord;

/** Of a teacher: its temperatures by step count, and the network evaluations that it makes there. */
export interface Frontiers {
  readonly points: ReadonlyMap<number, readonly JudgedPoint[]>;
  readonly nfe: ReadonlyMap<number, number>;
}

/** A teacher's rows that were drawn and judged as a student's; of one temperature those of the most samples. */
export function frontiersFor(store: Pick<StoreReader, "evaluations">, student: Row, teacherHash: string): Frontiers {
  const { definition, referenceHash, seed, dtype, sampler, topP } = student;
  const judge = referenceHash === null ? {} : { referenceHash };
  const all = store.evaluations({ subjectHash: teacherHash, definition, ...judge, sampler: "any", control: "any" });
  const same = all.filter(
    (row) => row.seed === seed && row.dtype === dtype && row.sampler === sampler && row.topP === topP,
  );
  const most = new Map<string, Row>();
  for (const row of same) {
    const place = `${row.steps} ${row.temperature}`;
    if (row.steps !== null && row.n > (most.get(place)?.n ?? 0)) most.set(place, row);
  }
  const points = new Map<number, JudgedPoint[]>();
  const nfe = new Map<number, number>();
  for (const row of most.values()) {
    const steps = row.steps as number;
    points.set(steps, [...(points.get(steps) ?? []), pointOfRow(row)]);
    if (row.temperature === 1 && row.nfe !== null) nfe.set(steps, row.nfe);
  }
  return { points, nfe };
}

/** A student beside its teacher's temperatures; under one seed where the teacher was drawn under the student's. */
export function besideTeacher(student: Row, teacher: Frontiers, draws = student.seed): SeedBesideTeacher {
  return { model: student.subjectHash, draws, student: pointOfRow(student), teacher: teacher.points };
}

export const hasTemperatures = ({ points }: Frontiers): boolean =>
  [...points.values()].some((frontier) => frontier.length > 1);

/** At the students' own step count; "outside" where the entropy of one of them is that of no temperature. */
export function matchedGain(seeds: readonly SeedBesideTeacher[], steps: number): Interval | "outside" {
  const controls = seeds.map((seed) => controlsOf(seed));
  if (controls.some((one) => !one.has(steps))) return "outside";
  const cell = gainCell(seeds, controls, { from: steps, to: steps, share: 0 });
  return ratioInterval(effectOf(cell, undefined));
}

/** "5.17 [4.62, 5.90] (NFE 5.16)"; "outside" where no temperature reaches the student's entropy, "–" without any. */
export function teacherStepsText(student: Row, teacher: Frontiers): string {
  if (!hasTemperatures(teacher) || student.entropy === null) return "–";
  const needed = stepsNeeded([besideTeacher(student, teacher)]);
  if ("outside" in needed) return "outside";
  const evaluations = evaluationsAt(teacher.nfe, needed.steps.value);
  const shown = evaluations > 0 && Number.isFinite(evaluations) ? ` (NFE ${formatNumber(evaluations)})` : "";
  return `${formatStepsNeeded(needed)}${shown}`;
}

/** "1.26 [1.18, 1.35]": over the student's and the teacher's samples, at the student's own step count. */
export function matchedGainText(student: Row, teacher: Frontiers): string {
  const steps = student.steps ?? 0;
  if (student.entropy === null || (teacher.points.get(steps)?.length ?? 0) < 2) return "–";
  const gain = matchedGain([besideTeacher(student, teacher)], steps);
  return gain === "outside" ? gain : ratioText(gain);
}

/** "1.26 [1.18, 1.35]" */
export function ratioText({ mean, low, high }: Pick<Interval, "mean" | "low" | "high">): string {
  const ends = Number.isNaN(low) ? "" : ` [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  return `${mean.toFixed(2)}${ends}`;
}

/** Step counts of the teacher's frontier: a student may write what its teacher needs several times as many for. */
export function teacherStepsOf(
  steps: readonly number[],
  { teacherSteps }: { readonly teacherSteps?: readonly number[] | undefined },
) {
  const most = Math.max(...steps);
  return [...new Set([...steps, ...(teacherSteps ?? [2 * most, 4 * most])])].sort((a, b) => a - b);
}
