/**
 * @file A sampler against ancestral steps of the same model at equal evaluations and equal entropy.
 *
 * Samplers differ in how sharply they draw and in how many evaluations they make: a threshold chooses its own, remasking spends some
 * on tokens that were there. Ancestral steps at several temperatures and step counts are the frontier that all of them are read
 * against, ln gen-PPL linear in entropy and then in log₂ NFE, so that none is judged at a number of evaluations it would not choose.
 */
import {
  controlsOf,
  type Effect,
  effectOf,
  formatStepsNeeded,
  gainCell,
  type JudgedPoint,
  pointOfRow,
  type SeedBesideTeacher,
  stepsNeeded,
} from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import type { Frontiers } from "./teacherSteps.js";

/** Temperatures by the evaluations that ancestral sampling makes. */
export type NfeFrontier = ReadonlyMap<number, readonly JudgedPoint[]>;

export function nfeFrontier({ points, nfe }: Frontiers): NfeFrontier {
  return new Map([...points].flatMap(([steps, own]) => (nfe.has(steps) ? [[nfe.get(steps) as number, own]] : [])));
}

/** As far as evaluations may lie outside of those measured: two samplers of K steps differ by the steps that reveal nothing. */
const slack = 0.05;

/** The measured evaluations that `nfe` lies between, and how far along in log₂; undefined outside of them. */
function placeOf(counts: readonly number[], nfe: number) {
  const sorted = [...counts].sort((a, b) => a - b);
  const [least, most] = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN];
  if (!(nfe >= least * (1 - slack) && nfe <= most * (1 + slack))) return undefined;
  const inside = Math.min(most, Math.max(least, nfe));
  const to = sorted.find((count) => count >= inside) as number;
  const from = sorted.findLast((count) => count <= inside) as number;
  return { from, to, share: from === to ? 0 : Math.log(inside / from) / Math.log(to / from) };
}

const beside = (row: EvaluationRecord, frontier: NfeFrontier): SeedBesideTeacher => {
  return { model: row.subjectHash, draws: row.seed, student: pointOfRow(row), teacher: frontier };
};

/** The logarithm of the gain at equal evaluations and entropy; undefined where either was not measured. */
export function gainAtNfe(row: EvaluationRecord, frontier: NfeFrontier): Effect | undefined {
  const seeds = [beside(row, frontier)];
  const controls = seeds.map(controlsOf);
  const place = row.nfe === null ? undefined : placeOf([...(controls[0]?.keys() ?? [])], row.nfe);
  return place && effectOf(gainCell(seeds, controls, place), undefined);
}

/** "5.17 [4.62, 5.90]": the evaluations that ancestral steps need for the same text; "outside" where none were measured. */
export function nfeNeededText(row: EvaluationRecord, frontier: NfeFrontier): string {
  const needed = stepsNeeded([beside(row, frontier)]);
  return "outside" in needed ? "outside" : formatStepsNeeded(needed);
}
