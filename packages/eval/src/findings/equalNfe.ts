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
  placeAmong,
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

const beside = (row: EvaluationRecord, frontier: NfeFrontier): SeedBesideTeacher => {
  return { model: row.subjectHash, draws: row.seed, student: pointOfRow(row), teacher: frontier };
};

/** The logarithm of the gain at equal evaluations and entropy; undefined where either was not measured. */
export function gainAtNfe(row: EvaluationRecord, frontier: NfeFrontier): Effect | undefined {
  const seeds = [beside(row, frontier)];
  const controls = seeds.map((seed) => controlsOf(seed));
  const place = row.nfe === null ? undefined : placeAmong([...(controls[0]?.keys() ?? [])], row.nfe);
  return place && effectOf(gainCell(seeds, controls, place), undefined);
}

/** "5.17 [4.62, 5.90]": the evaluations that ancestral steps need for the same text; "outside" where none were measured. */
export function nfeNeededText(row: EvaluationRecord, frontier: NfeFrontier): string {
  const needed = stepsNeeded([beside(row, frontier)]);
  return "outside" in needed ? "outside" : formatStepsNeeded(needed);
}
