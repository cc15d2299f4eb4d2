/**
 * @file Rows for tests of the store and of what reads it: plausible, and the same on every call.
 */
import type { DefinitionRow, EvaluationRow, RunRow } from "./rows.js";

export function aRun(changes: Partial<RunRow> = {}): RunRow {
  return {
    id: "run-1",
    name: "first",
    stage: "round",
    round: 1,
    seed: 0,
    config: { updates: 100, lr: 1e-4 },
    configHash: "c0ffee",
    commit: "0123abc",
    dirty: false,
    engine: "onnx",
    machine: "test",
    command: "distill round",
    startedAt: "2026-01-01T00:00:00.000Z",
    ...changes,
  };
}

export function anEvaluation(changes: Partial<EvaluationRow> = {}): EvaluationRow {
  return {
    runId: "run-1",
    round: 1,
    subjectHash: "aaaa",
    weights: "ema",
    metric: "gen-ppl",
    definition: "gen-ppl@1",
    referenceHash: "judge",
    steps: 8,
    nfe: 8,
    seed: 1,
    temperature: 1,
    dtype: "float32",
    n: 64,
    value: 120.5,
    stderr: 3,
    entropy: 4.2,
    entropyStderr: 0.05,
    wallMs: 1000,
    createdAt: "2026-01-01T00:01:00.000Z",
    ...changes,
  };
}

export function aDefinition(changes: Partial<DefinitionRow> = {}): DefinitionRow {
  return {
    definition: "gen-ppl@1",
    metric: "gen-ppl",
    what: "exp of the mean nats a token",
    unit: "perplexity",
    scale: "log",
    better: "matched",
    errorOver: "samples",
    dependsOnN: false,
    ...changes,
  };
}
