/**
 * @file Students of several seeds, each beside its teacher: gains at matched entropy as the cell of a table.
 */
import { type ControlPoint, controlAt, type JudgedPoint, varianceAlong } from "./matchedEntropy.js";
import { mean } from "./mean.js";
import type { Cell, Replicate } from "./randomEffects.js";

/** A student under one seed, with the teacher's temperatures at each of its step counts under the same draws. */
export interface SeedBesideTeacher {
  readonly model: string;
  /** The seed of the draws: students under one and the same are held against the same samples of their teacher. */
  readonly draws: number;
  readonly student: JudgedPoint;
  readonly teacher: ReadonlyMap<number, readonly JudgedPoint[]>;
}

/** A seed's controls, by the teacher's step counts at which a temperature reaches the student's entropy. */
export type Controls = ReadonlyMap<number, ControlPoint>;

/** @param at the teacher's step counts that are asked for; left out: all */
export function controlsOf({ student, teacher }: SeedBesideTeacher, at: Iterable<number> = teacher.keys()): Controls {
  const found = [...at].flatMap((steps): [number, ControlPoint][] => {
    const control = controlAt(teacher.get(steps) ?? [], student.entropy);
    return control ? [[steps, control]] : [];
  });
  return new Map(found);
}

/** Where a teacher is held against: `share` of the way from one of its step counts to another, in log₂ steps. */
export interface Between {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/**
 * The logarithms of gains against a teacher at some step count, a replicate a seed.
 *
 * Holds    where several students share one teacher's samples, those do not average out
 * Throws   RangeError where a seed has no control there
 */
export function gainCell(
  seeds: readonly SeedBesideTeacher[],
  controls: readonly Controls[],
  { from, to, share }: Between,
  line = "",
): Cell {
  const isShared = new Set(seeds.map(({ draws }) => draws)).size < seeds.length;
  const found = seeds.map(({ model, student }, i) => {
    const [a, b] = [controls[i]?.get(from), controls[i]?.get(to)];
    if (!a || !b) throw new RangeError(`gain: a control must be there at ${from} and ${to} steps, got none`);
    const mixed = (of: (control: ControlPoint) => number) => (1 - share) * of(a) + share * of(b);
    const ofTeacher = from === to ? a.variance : (1 - share) ** 2 * a.variance + share ** 2 * b.variance;
    const slope = mixed((control) => control.slope);
    const own = varianceAlong(student, slope) + (isShared ? 0 : ofTeacher);
    const value = mixed(({ lnGenPpl }) => lnGenPpl) - Math.log(student.genPpl);
    const replicate: Replicate = { value, stderr: Number.isNaN(own) ? null : Math.sqrt(own), model };
    return { replicate, ofTeacher };
  });
  const replicates = found.map(({ replicate }) => replicate);
  const sharedVariance = mean(found.map(({ ofTeacher }) => ofTeacher));
  return { replicates, line, ...(isShared && Number.isFinite(sharedVariance) && { sharedVariance }) };
}
