/**
 * @file Evaluations for tests, and the lines that they are of where nothing else is known.
 */
import type { EvaluationRecord } from "@sdtt/core/store";
import { type Curve, curveOf } from "./curve.js";
import { type Apart, type Lines, linesOf, type OriginOf } from "./lines.js";

let made = 0;

export const row = (changes: Partial<EvaluationRecord>): EvaluationRecord => ({
  key: `key-${made++}`,
  runId: "run",
  subjectHash: `model-${changes.round ?? 0}`,
  round: 0,
  weights: "ema",
  metric: "gen-ppl",
  definition: "gen-ppl@1",
  referenceHash: null,
  batch: null,
  steps: 8,
  nfe: 8,
  seed: 1,
  temperature: 1,
  sampler: null,
  topP: null,
  control: null,
  dtype: "float32",
  n: 256,
  value: 100,
  stderr: 2,
  entropy: 4.5,
  entropyStderr: 0.01,
  entropyCorrelation: null,
  wallMs: 256,
  createdAt: "2026-01-01T00:00:00.000Z",
  ...changes,
});

export const plain: OriginOf = () => ({ teacher: null, facts: {} });

export const linesFor = (rows: readonly EvaluationRecord[], originOf = plain, apart: readonly Apart[] = []): Lines =>
  linesOf(rows, originOf, apart);

export const curve = (evaluations: EvaluationRecord[], more: Partial<Parameters<typeof curveOf>[0]> = {}): Curve =>
  curveOf({ experiment: "e", question: "", evaluations, labelOf: (id) => id, ...more });
