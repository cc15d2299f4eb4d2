/**
 * @file What grids of cells have in common: axes with their values in order, and the step count that is shown.
 */
import { incidentalKeys } from "@sdtt/core/store";
import { unique } from "../../charts/data/lines.js";
import type { Sweep } from "../../charts/data/sweepGrid.js";

/** Keys of a config that make no other student: where and how a run lies and runs; its seed is counted, and no axis. */
export const notAxes: ReadonlySet<string> = incidentalKeys;

/** An axis for each key, its values in numerical order where they are numbers; a key of one value is none. */
export function axesOf(keys: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): Sweep["axes"] {
  const axes = keys.map((key) => {
    const values = unique(rows.map((row) => JSON.stringify(row[key] ?? null)));
    return { key, values: values.sort((a, b) => Number(a) - Number(b) || a.localeCompare(b)) };
  });
  return axes.filter(({ values }) => values.length > 1);
}

export const placeOf = (axes: Sweep["axes"], row: Readonly<Record<string, unknown>>): string[] =>
  axes.map(({ key }) => JSON.stringify(row[key] ?? null));

export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** The step count asked for; else `usual`, else the fewest that are at least eight. */
export function stepsShown(choices: readonly number[], wanted: number | undefined, usual?: number): number | null {
  if (wanted !== undefined) return wanted;
  if (usual !== undefined && choices.includes(usual)) return usual;
  return choices.find((count) => count >= 8) ?? choices[0] ?? null;
}

export const sortedSteps = (steps: readonly (number | null)[]): number[] =>
  unique(steps.flatMap((count) => (count === null ? [] : [count]))).sort((a, b) => a - b);
