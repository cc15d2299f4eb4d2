/**
 * @file Which evaluations are points of one line, and what the line is called.
 *
 * Rounds, groups, temperatures, raw and EMA weights, and precisions are never averaged together. Weights and precision
 * are named only where a round has several.
 */
import type { EvaluationRecord } from "@sdtt/core/store";

export type GroupOf = (e: EvaluationRecord) => string;

export function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

export const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** `teacher`, `round 2`, `lr = 0.001, round 2`. */
function modelName(round: number, group: string): string {
  if (round === 0) return "teacher";
  return group === "" ? `round ${round}` : `${group}, round ${round}`;
}

/** From an evaluation to its line's name, unique among `rows`. */
export function lineNames(rows: readonly EvaluationRecord[], groupOf: GroupOf): (e: EvaluationRecord) => string {
  const nameOf = (e: EvaluationRecord) => modelName(e.round, e.round === 0 ? "" : groupOf(e));
  const details = ["weights", "dtype"] as const;
  const seen = new Map<string, Record<(typeof details)[number], Set<string>>>();
  for (const e of rows) {
    const name = nameOf(e);
    const known = seen.get(name) ?? { weights: new Set(), dtype: new Set() };
    for (const detail of details) known[detail].add(e[detail]);
    seen.set(name, known);
  }
  return (e) => {
    const name = nameOf(e);
    const told = details.filter((detail) => (seen.get(name)?.[detail].size ?? 0) > 1).map((detail) => e[detail]);
    const shown = told.length === 0 ? name : `${name} (${told.join(", ")})`;
    return e.temperature === 1 ? shown : `${shown}, τ ${e.temperature}`;
  };
}

/** Of several evaluations of one checkpoint and seed (a quick one, a thorough one) the one with the most samples. */
export function replicates(rows: readonly EvaluationRecord[]): EvaluationRecord[] {
  const groups = groupBy(rows, (e) => `${e.checkpointHash} ${e.seed}`);
  return [...groups.values()].map((same) => same.reduce((best, e) => (e.n > best.n ? e : best)));
}
