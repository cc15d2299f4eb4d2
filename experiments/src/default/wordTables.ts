/**
 * @file Last words: the guess and its bound, over the same passages for all models; students against their teacher passage by
 * passage.
 */
import {
  betweenSeeds,
  type Cell,
  type Effect,
  effectInterval,
  effectOf,
  familyNote,
  familyVerdicts,
  metricKind,
  pairedByItem,
  ratioInterval,
  tableEstimates,
} from "@sdtt/core/statistics";
import type { EvaluationRecord, StoreReader } from "@sdtt/core/store";
import { type FigureTable, nothing, type Shown, shownInterval } from "./tables.js";

type Row = EvaluationRecord;

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const versionOf = ({ definition }: Row): number => Number(/@(\d+)$/.exec(definition)?.[1] ?? 0);

export interface LastWords {
  readonly store: Pick<StoreReader, "itemScores">;
  /** Of the newest version of each metric. */
  readonly rows: readonly Row[];
  readonly nameOf: (row: Row) => string;
}

export function lastWordsOf(store: StoreReader, experiment: string): LastWords {
  const all = store.evaluations({ experiment }).filter(({ metric }) => metric.startsWith("last-word"));
  const newest = new Map<string, number>();
  for (const row of all) newest.set(row.metric, Math.max(newest.get(row.metric) ?? 0, versionOf(row)));
  const rows = all.filter((row) => versionOf(row) === newest.get(row.metric)).sort((a, b) => a.round - b.round);
  const nameOf = (row: Row): string => {
    if (row.round > 0) return `round ${row.round}`;
    return store.run(row.runId)?.name === "ar" ? "AR baseline" : "teacher";
  };
  return { store, rows, nameOf };
}

export function lastWordTable({ rows, nameOf }: LastWords): FigureTable {
  const metrics = unique(rows.map(({ metric }) => metric)).sort();
  const names = unique(rows.map(nameOf));
  const columns = metrics.map((metric) => {
    const found = names.map((name) => rows.filter((row) => row.metric === metric && nameOf(row) === name));
    const cells = found.map((own, i) => ({
      evaluations: own.map(({ value, stderr, subjectHash: model, n }) => ({ value, stderr, model, n })),
      line: names[i] as string,
      isFixed: own.every(({ round }) => round === 0),
    }));
    const there = cells.filter(({ evaluations }) => evaluations.length > 0);
    const estimates = tableEstimates(metric, there);
    return cells.map((cell): Shown => {
      const estimate = estimates[there.indexOf(cell)];
      return estimate ? shownInterval(estimate) : nothing;
    });
  });
  const n = unique(rows.map((row) => row.n)).join(", ");
  return {
    key: "last-word",
    title: "Last word",
    note: `Last words of ${n} held-out passages, masked and decoded in one pass (\`last-word\`, not LAMBADA); a bound's perplexity is per word. 95 % intervals over passages, which are the same for all, and over trainings.`,
    head: ["", ...metrics],
    rows: names.map((label, i) => ({ label, cells: columns.map((column) => column[i] ?? nothing) })),
  };
}

/** A student's difference to the teacher on the metric's scale, a replicate a seed; undefined where passages were not kept. */
function pairedCell({ store, rows, nameOf }: LastWords, metric: string, name: string): Cell | undefined {
  const own = rows.filter((row) => row.metric === metric && nameOf(row) === name);
  const teacher = rows.find((row) => row.metric === metric && nameOf(row) === "teacher");
  const theirs = teacher && store.itemScores(teacher.key);
  const replicates = own.flatMap((row) => {
    const ours = store.itemScores(row.key);
    return ours && theirs && ours.items === theirs.items ? [pairedByItem(ours, theirs, row.subjectHash)] : [];
  });
  if (replicates.length === 0 || replicates.length < own.length) return undefined;
  return { replicates, line: name, sharesItems: true };
}

/** Undefined where the store kept no passages. */
export function pairedWordTable(words: LastWords): FigureTable | undefined {
  const { rows, nameOf } = words;
  const metrics = unique(rows.filter(({ round }) => round > 0).map(({ metric }) => metric)).sort();
  const names = unique(rows.filter(({ round }) => round > 0).map(nameOf));
  const effects = metrics.map((metric): (Effect | undefined)[] => {
    const cells = names.map((name) => pairedCell(words, metric, name));
    const between = betweenSeeds(cells.filter((cell) => cell !== undefined));
    return cells.map((cell) => cell && effectOf(cell, between));
  });
  if (effects.flat().every((effect) => effect === undefined)) return undefined;
  const turned = effects.map((all, m) => {
    const sign = metricKind(metrics[m] as string).better === "lower" ? -1 : 1;
    return all.map((effect) => effect && { ...effect, mean: sign * effect.mean });
  });
  const verdicts = familyVerdicts(turned.flat());
  const shown = (m: number, i: number): Shown => {
    const effect = effects[m]?.[i];
    if (!effect) return nothing;
    const verdict = verdicts[m * names.length + i];
    if (metricKind(metrics[m] as string).scale === "log") {
      return shownInterval(ratioInterval(effect), { digits: 2, verdict });
    }
    const { mean, low, high } = effectInterval(effect);
    return shownInterval({ mean: 100 * mean, low: 100 * low, high: 100 * high }, { digits: 1, verdict });
  };
  const count = verdicts.filter((verdict) => verdict !== undefined).length;
  return {
    key: "last-word-paired",
    title: "Last word against the teacher, passage by passage",
    note: `Perplexities as ratios, accuracies as differences in points; 95 % intervals over the same passages and over trainings; ${familyNote(count, "cells")}.`,
    head: ["student against teacher", ...metrics],
    rows: names.map((label, i) => ({ label, cells: metrics.map((_, m) => shown(m, i)) })),
  };
}
