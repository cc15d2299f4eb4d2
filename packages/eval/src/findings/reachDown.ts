/**
 * @file Lower temperatures of a teacher, as far down as its students' entropies fall: what lies outside cannot be compared, and
 * only a student that is sharper than expected lies there.
 */
import { evaluationKey, type StoreReader } from "@sdtt/core/store";
import { definitionsOf, identityOf, type Subject } from "../samples/cellIdentity.js";
import type { SamplingSettings } from "../samples/sampleSet.js";

/** Below this a sample is a few words again and again. */
const coldest = 0.3;
const step = 0.1;

/** Entropies at a step count; NaN where they were not measured. */
export interface Entropies {
  readonly steps: readonly number[];
  teacher(steps: number, temperature: number): number;
  /** Of each student, at temperature 1. */
  students(steps: number): readonly number[];
}

/** As the store has them, of the first definition that applies. */
export function entropiesIn(
  store: Pick<StoreReader, "evaluation">,
  teacher: Subject,
  students: readonly Subject[],
  steps: readonly number[],
  settings: SamplingSettings,
): Entropies {
  const entropyOf = (subject: Subject, count: number, temperature: number): number => {
    const [definition] = definitionsOf(subject);
    const identity = definition && identityOf(subject, definition, count, { ...settings, temperature });
    return (identity && store.evaluation(evaluationKey(identity))?.entropy) ?? Number.NaN;
  };
  return {
    steps,
    teacher: (count, temperature) => entropyOf(teacher, count, temperature),
    students: (count) => students.map((student) => entropyOf(student, count, 1)),
  };
}

const below = (temperatures: readonly number[]): number | undefined => {
  const next = Number((Math.min(...temperatures) - step).toFixed(4));
  return next < coldest ? undefined : next;
};

/** The next temperature below all that were drawn, where a student's entropy is below the teacher's at some step count. */
function nextTemperature({ steps, teacher, students }: Entropies, temperatures: readonly number[]): number | undefined {
  const isBelow = steps.some((count) => {
    const known = temperatures.map((temperature) => teacher(count, temperature));
    const lowest = Math.min(...known.filter((entropy) => !Number.isNaN(entropy)));
    return students(count).some((entropy) => entropy < lowest);
  });
  return isBelow ? below(temperatures) : undefined;
}

/** Draws as many further temperatures as are needed; gives them all. */
export async function reachDown(
  entropies: Entropies,
  temperatures: readonly number[],
  draw: (temperature: number) => Promise<void>,
): Promise<number[]> {
  const all = [...temperatures];
  for (let next = nextTemperature(entropies, all); next !== undefined; next = nextTemperature(entropies, all)) {
    await draw(next);
    all.push(next);
  }
  return all;
}

/** With those that were drawn before. */
export function reachedDown({ steps, teacher }: Entropies, temperatures: readonly number[]): number[] {
  const all = [...temperatures];
  const isThere = (temperature: number) => steps.every((count) => !Number.isNaN(teacher(count, temperature)));
  for (let next = below(all); next !== undefined && isThere(next); next = below(all)) all.push(next);
  return all;
}
