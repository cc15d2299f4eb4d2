/**
 * @file The headline: how many steps the teacher needs for the same text at the student's entropy.
 *
 * At each of the teacher's step counts the student has a gain at matched entropy; it falls as the teacher takes more
 * steps, and where it is 1 the teacher writes as well. Between step counts ln gen-PPL is linear in log₂ steps. The interval
 * holds every step count at which the gain cannot be told from 1 (Fieller's way), so that it knows how to be open: a
 * teacher whose curve is flat at 128 steps may need any number of them. Outside of what was measured nothing is
 * extrapolated: `< 4` or `> 128` is all that is said.
 */
import { type Controls, controlsOf, gainCell, type SeedBesideTeacher } from "./matchedSeeds.js";
import { type BetweenSeeds, effectInterval, effectOf } from "./randomEffects.js";

/** A step count, or network evaluations; 0: fewer than any that was measured, ∞: more. */
export interface Needed {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface StepsNeeded {
  readonly steps: Needed;
  /** The least and the most of the teacher's step counts that the student's entropy was found at. */
  readonly measured: readonly [least: number, most: number];
  readonly n: number;
  readonly over: "seeds" | "samples" | "nothing";
}

/** Seeds whose entropy lies outside of the teacher's temperatures at every step count that the others reach. */
export interface Outside {
  readonly outside: number;
  readonly of: number;
}

interface Place {
  readonly steps: number;
  readonly gain: number;
  /** How far the gain is from being told from 1, in logarithms: at or below 0 it cannot be. */
  readonly beyond: number;
}

const placesASegment = 32;

interface Sought {
  readonly seeds: readonly SeedBesideTeacher[];
  readonly controls: readonly Controls[];
  readonly between: BetweenSeeds | undefined;
  readonly level: number;
}

/** Along the teacher's step counts, from the least to the most. */
function placesOf({ seeds, controls, between, level }: Sought, counts: readonly number[]): Place[] {
  const at = (from: number, to: number, share: number): Place => {
    const effect = effectOf(gainCell(seeds, controls, { from, to, share }), between);
    const { mean, high } = effectInterval(effect, level);
    return { steps: from * (to / from) ** share, gain: mean, beyond: Math.abs(mean) - (high - mean) };
  };
  const [first] = counts as [number];
  const rest = counts.slice(1).flatMap((to, i) => {
    const from = counts[i] as number;
    return Array.from({ length: placesASegment }, (_, k) => at(from, to, (k + 1) / placesASegment));
  });
  return [at(first, first, 0), ...rest];
}

/** Where a figure that is linear between two places passes 0, on the scale of log₂ steps. */
function crossing(a: Place, b: Place, of: (place: Place) => number): number {
  const share = of(a) / (of(a) - of(b));
  return a.steps * (b.steps / a.steps) ** share;
}

function crossingOf(all: readonly Place[]): number {
  const found = all.findIndex(({ gain }) => gain <= 0);
  if (found <= 0) return found === 0 ? 0 : Number.POSITIVE_INFINITY;
  return crossing(all[found - 1] as Place, all[found] as Place, ({ gain }) => gain);
}

/** The ends of all that cannot be told from 1; where the gain is surely on one side everywhere, the open end there. */
function endsOf(all: readonly Place[], value: number): [number, number] {
  const first = all.findIndex(({ beyond }) => beyond <= 0);
  const last = all.findLastIndex(({ beyond }) => beyond <= 0);
  if (first < 0) return [value, value];
  const beyond = (place: Place) => place.beyond;
  const low = first === 0 ? 0 : crossing(all[first - 1] as Place, all[first] as Place, beyond);
  const isOpen = last === all.length - 1;
  const high = isOpen ? Number.POSITIVE_INFINITY : crossing(all[last] as Place, all[last + 1] as Place, beyond);
  return [low, high];
}

/**
 * Steps that the teacher needs to write as well as the student at the student's entropy, with their interval.
 *
 * @param between of the logarithms of gains, over all cells of the table
 * Holds    `Outside` as soon as one seed has no step count in common with the others: no mean is made of the rest
 */
export function stepsNeeded(
  seeds: readonly SeedBesideTeacher[],
  between?: BetweenSeeds,
  level = 0.95,
): StepsNeeded | Outside {
  const controls = seeds.map((seed) => controlsOf(seed));
  const known = [...new Set(controls.flatMap((one) => [...one.keys()]))].sort((a, b) => a - b);
  const reaching = (steps: number) => controls.filter((one) => one.has(steps)).length;
  const counts = known.filter((steps) => reaching(steps) === seeds.length);
  if (counts.length === 0) return { outside: seeds.length - Math.max(0, ...known.map(reaching)), of: seeds.length };
  const all = placesOf({ seeds, controls, between, level }, counts);
  const value = crossingOf(all);
  const isKnown = all.every(({ beyond }) => Number.isFinite(beyond));
  const [low, high] = isKnown ? endsOf(all, value) : [Number.NaN, Number.NaN];
  const over = !isKnown ? "nothing" : between ? "seeds" : "samples";
  return {
    steps: { value, low, high },
    measured: [counts[0] as number, counts.at(-1) as number],
    n: seeds.length,
    over,
  };
}

/** The same in network evaluations, by the teacher's own at each step count: ln evaluations linear in log₂ steps. */
export function evaluationsAt(nfe: ReadonlyMap<number, number>, steps: number): number {
  const counts = [...nfe.keys()].sort((a, b) => a - b);
  if (steps === 0 || !Number.isFinite(steps)) return steps;
  const above = counts.findIndex((count) => count >= steps);
  const to = counts[above];
  if (to === undefined) return Number.NaN;
  const from = counts[above - 1] ?? to;
  const [a, b] = [nfe.get(from) as number, nfe.get(to) as number];
  return from === to ? b : a * (b / a) ** (Math.log(steps / from) / Math.log(to / from));
}
