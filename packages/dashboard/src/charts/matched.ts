/**
 * @file Gains at matched entropy: how much of a student's gain a teacher gets by temperature alone.
 *
 * A lower temperature lowers gen-PPL and entropy together. At each step count the teacher's ln gen-PPL is interpolated,
 * linearly in entropy, at the student's entropy; outside of the temperatures that were measured nothing is said.
 */
import type { EvaluationRecord } from "@sdtt/core/store";
import { groupBy, measureOf, replicates } from "./curve.js";
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
export function atEntropy(frontier: readonly Point[], entropy: number): number | undefined {
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

function gainsOf(students: readonly EvaluationRecord[], teachers: readonly EvaluationRecord[]): number[] {
  return students.flatMap((student) => {
    const frontier = teachers.filter((e) => e.seed === student.seed).map(pointOf);
    const control = atEntropy(frontier, pointOf(student).entropy);
    return control === undefined ? [] : [control / student.value];
  });
}

/** One gain for each round (or group) and step count of a measure; the teacher's frontier is of the same seed. */
export function gainsAtMatchedEntropy(
  evaluations: readonly EvaluationRecord[],
  measure: string,
  groupOf: (e: EvaluationRecord) => string = () => "",
): Gain[] {
  const rows = evaluations.filter((e) => measureOf(e).id === measure && (e.steps ?? 0) > 0 && finite(e));
  const students = rows.filter((e) => e.round > 0 && e.temperature === 1);
  const groups = groupBy(students, (e) => `${groupOf(e)}-${e.round}-${e.steps}`);
  const gains = [...groups.values()].map((same): Gain => {
    const { round, steps } = same[0] as EvaluationRecord;
    const teachers = rows.filter((e) => e.round === 0 && e.steps === steps);
    const used = replicates(same);
    const found = gainsOf(used, teachers).map((value) => ({ value, stderr: null }));
    const group = groupOf(same[0] as EvaluationRecord);
    const label = group === "" ? `round ${round}` : `${group}, round ${round}`;
    const gain = found.length === 0 ? null : estimate(found, "log");
    return { round, label, steps: steps as number, gain, keys: used.map((e) => e.key) };
  });
  return gains.sort((a, b) => a.round - b.round || a.label.localeCompare(b.label) || a.steps - b.steps);
}
