/**
 * @file The ceiling on the default world: what its teacher says at all steps, at the student's entropy, from figures that ship.
 *
 * A student that became its teacher's law of very many steps, drawn in few, would have that gen-PPL. So it is the most that
 * any distillation of that teacher gives; what learns from the text, or from another model, may pass it.
 */
import { markdownRows } from "@sdtt/core/cli";
import { controlAt, pointOfRow } from "@sdtt/core/statistics";
import type { EvaluationRow } from "@sdtt/core/store";

/** A gen-PPL with its entropy and standard error. */
export interface Point {
  readonly value: number;
  readonly stderr: number;
  readonly entropy: number;
}

export interface Ceiling {
  readonly round: number;
  readonly steps: number;
  readonly student: Point;
  /** Steps of the teacher that it is compared with. */
  readonly teacherSteps: number;
  /** The teacher's gen-PPL at the student's entropy. */
  readonly teacher: number;
  /** The student's over the teacher's, and half of its 95 % interval as a factor. */
  readonly ratio: number;
  readonly factor: number;
}

/** The temperatures at an entropy, which counts as known: the interval is that of the two gen-PPLs. */
const teacherAt = (points: readonly Point[], entropy: number) =>
  controlAt(
    points.map((point) => pointOfRow({ ...point, entropyStderr: 0 })),
    entropy,
  );

type Row = Pick<EvaluationRow, "round" | "steps" | "value" | "stderr" | "entropy">;
const isPoint = (row: Row): row is Row & Point => row.value !== null && row.stderr != null && row.entropy != null;

/** Every student's cell beside the teacher at each of `teacherSteps`. */
export function ceilings(rows: readonly Row[], teacherSteps: readonly number[]): Ceiling[] {
  const points = rows.filter(isPoint);
  const students = points.filter(({ round, steps }) => round > 0 && steps);
  return students.flatMap((student) =>
    teacherSteps.flatMap((count) => {
      const teachers = points.filter(({ round, steps }) => round === 0 && steps === count);
      const control = teacherAt(teachers, student.entropy);
      if (!control) return [];
      const error = Math.hypot(student.stderr / student.value, Math.sqrt(control.variance));
      const teacher = Math.exp(control.lnGenPpl);
      const ratio = student.value / teacher;
      const facts = { round: student.round, steps: student.steps as number, student, teacherSteps: count };
      return [{ ...facts, teacher, ratio, factor: Math.exp(1.96 * error) }];
    }),
  );
}

export function ceilingReport(all: readonly Ceiling[]): string {
  const last = Math.max(...all.map(({ round }) => round));
  const head = [
    "last round at",
    "gen-PPL",
    "entropy",
    "teacher's steps",
    "its gen-PPL at that entropy",
    "student ÷ teacher [95 %]",
  ];
  const rows = all
    .filter(({ round }) => round === last)
    .sort((a, b) => a.steps - b.steps || a.teacherSteps - b.teacherSteps)
    .map(({ steps, student, teacherSteps, teacher, ratio, factor }) => [
      ...[`${steps} steps`, student.value.toFixed(1), student.entropy.toFixed(2), String(teacherSteps)],
      ...[teacher.toFixed(1), `${ratio.toFixed(2)} [${(ratio / factor).toFixed(2)}, ${(ratio * factor).toFixed(2)}]`],
    ]);
  return `## The ceiling on the default world\n\n${markdownRows([head, ...rows])}`;
}
