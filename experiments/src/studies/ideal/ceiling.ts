/**
 * @file The ceiling on the default world: what its teacher says at all steps, at the student's entropy, from figures that ship.
 *
 * A student that became its teacher's law of very many steps, drawn in few, would have that gen-PPL. So it is the most that
 * any distillation of that teacher gives; what learns from the text, or from another model, may pass it.
 */
import { markdownRows } from "@sdtt/core/cli";
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

const relative = ({ value, stderr }: Point) => stderr / value;

/**
 * ln gen-PPL at an entropy, a straight line between the two temperatures around it; undefined outside of them.
 *
 * Holds    at a temperature's own entropy it is that temperature's figure, with its error
 */
export function atEntropy(points: readonly Point[], entropy: number): Pick<Point, "value" | "stderr"> | undefined {
  const sorted = [...points].sort((a, b) => a.entropy - b.entropy);
  const above = sorted.findIndex((point) => point.entropy >= entropy);
  const [low, high] = [sorted[above - 1], sorted[above]];
  if (!high) return undefined;
  if (!low) return high.entropy === entropy ? high : undefined;
  const share = (entropy - low.entropy) / (high.entropy - low.entropy);
  const value = Math.exp((1 - share) * Math.log(low.value) + share * Math.log(high.value));
  return { value, stderr: value * Math.hypot((1 - share) * relative(low), share * relative(high)) };
}

type Row = Pick<EvaluationRow, "round" | "steps" | "value" | "stderr" | "entropy">;
const isPoint = (row: Row): row is Row & Point => row.value !== null && row.stderr != null && row.entropy != null;

/** Every student's cell beside the teacher at each of `teacherSteps`. */
export function ceilings(rows: readonly Row[], teacherSteps: readonly number[]): Ceiling[] {
  const points = rows.filter(isPoint);
  const students = points.filter(({ round, steps }) => round > 0 && steps);
  return students.flatMap((student) =>
    teacherSteps.flatMap((count) => {
      const teachers = points.filter(({ round, steps }) => round === 0 && steps === count);
      const teacher = atEntropy(teachers, student.entropy);
      if (!teacher) return [];
      const error = Math.hypot(relative(student), teacher.stderr / teacher.value);
      const ratio = student.value / teacher.value;
      const facts = { round: student.round, steps: student.steps as number, student, teacherSteps: count };
      return [{ ...facts, teacher: teacher.value, ratio, factor: Math.exp(1.96 * error) }];
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
