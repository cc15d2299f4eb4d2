/**
 * @file Gains at matched entropy: how much of a student's gain a teacher gets by temperature alone.
 *
 * A lower temperature lowers gen-PPL and entropy together. At each step count the teacher's ln gen-PPL is interpolated,
 * linearly in entropy, at the student's entropy; outside of the temperatures that were measured nothing is said.
 */
import type { EvaluationRecord } from "@sdtt/core/store";
import { measureOf } from "./curve.js";
import { type GroupOf, groupBy, lineNames, replicates } from "./lines.js";
import { type Estimate, estimate } from "./statistics.js";

export interface Gain {
  readonly round: number;
  readonly label: string;
  readonly steps: number;
  /** Teacher's over student's: above 1 the student is better than a sharpened teacher. Null: outside. */
  readonly gain: Estimate | null;
  readonly keys: readonly string[];
}

interface Point {
  readonly entropy: number;
  readonly value: number;
}

/** The teacher's value at `entropy`; undefined outside of what was measured. */
function atEntropy(frontier: readonly Point[], entropy: number): number | undefined {
  const sorted = frontier.filter(({ value }) => value > 0).sort((a, b) => a.entropy - b.entropy);
  for (let i = 1; i < sorted.length; i++) {
    const [low, high] = [sorted[i - 1] as Point, sorted[i] as Point];
    if (!(entropy >= low.entropy && entropy <= high.entropy)) continue;
    const share = high.entropy === low.entropy ? 0 : (entropy - low.entropy) / (high.entropy - low.entropy);
    return Math.exp((1 - share) * Math.log(low.value) + share * Math.log(high.value));
  }
  return undefined;
}

const finite = (e: EvaluationRecord): boolean => Number.isFinite(e.value) && Number.isFinite(e.entropy ?? Number.NaN);
const pointOf = (e: EvaluationRecord): Point => ({ entropy: e.entropy as number, value: e.value });

/** The teachers' value at the student's entropy: of each teacher's own frontier, of the same seed, weights and precision. */
function controlOf(student: EvaluationRecord, teachers: readonly EvaluationRecord[]): number | undefined {
  const same = teachers.filter((e) => e.seed === student.seed && e.dtype === student.dtype);
  const frontiers = groupBy(same, (e) => `${e.checkpointHash} ${e.weights}`);
  const found = [...frontiers.values()].flatMap((rows) => {
    const value = atEntropy(rows.map(pointOf), pointOf(student).entropy);
    return value === undefined ? [] : [{ value, stderr: null }];
  });
  return found.length === 0 ? undefined : estimate(found, "log").mean;
}

/** One gain for each line of students at temperature 1 and each step count of a measure. */
export function gainsAtMatchedEntropy(
  evaluations: readonly EvaluationRecord[],
  measure: string,
  groupOf: GroupOf = () => "",
): Gain[] {
  const rows = evaluations.filter((e) => measureOf(e).id === measure && (e.steps ?? 0) > 0 && finite(e));
  const students = rows.filter((e) => e.round > 0 && e.temperature === 1);
  const lineOf = lineNames(students, groupOf);
  const groups = groupBy(students, (e) => `${e.steps} ${lineOf(e)}`);
  const gains = [...groups.values()].map((same): Gain => {
    const [first] = same as [EvaluationRecord];
    const teachers = rows.filter((e) => e.round === 0 && e.steps === first.steps);
    const used = replicates(same);
    const found = used.flatMap((student) => {
      const control = controlOf(student, teachers);
      return control === undefined ? [] : [{ value: control / student.value, stderr: null }];
    });
    const gain = found.length === 0 ? null : estimate(found, "log");
    const { round, steps } = first;
    return { round, label: lineOf(first), steps: steps as number, gain, keys: used.map((e) => e.key) };
  });
  return gains.sort((a, b) => a.round - b.round || a.label.localeCompare(b.label) || a.steps - b.steps);
}
