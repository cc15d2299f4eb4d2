/** @file One teacher over two temperatures and a student of three seeds, in an experiment named `default`, with made-up figures. */
import type { EvaluationRow, Store } from "@sdtt/core/store";

const run = { config: {}, configHash: "c", commit: "c", dirty: false, engine: "onnx", machine: "here" } as const;

export interface Judged extends Partial<EvaluationRow> {
  readonly round: number;
  readonly seed: number;
  readonly value: number;
  readonly entropy: number;
}

/** A row at 8 steps; of the round's student unless another checkpoint is named. */
export function judged(store: Store, { round, seed, temperature = 1, ...more }: Judged): void {
  const id = `r${round}-${seed}-${temperature}`;
  const name = round ? `seed-${seed}` : "teacher";
  const about = {
    experiment: "default",
    stage: "curve",
    command: "eval curve",
    teacherHash: round ? "h0" : null,
  } as const;
  store.startRun({ ...run, ...about, id, name, round, seed });
  store.saveEvaluation({
    ...{ runId: id, round, subjectHash: round === 0 ? "h0" : `h1-${seed}`, weights: "raw", seed, temperature },
    ...{ metric: "gen-ppl", definition: "gen-ppl-retokenised@1", referenceHash: "judge", dtype: "float32" },
    ...{ steps: 8, nfe: 7.9, n: 16, stderr: 1, entropyStderr: 1e-4, ...more },
  });
}

/** The run of a seed's round, with its student and its raw weights. */
export function addTrained(store: Store, seed: number): void {
  const id = `seed-${seed}/round-1`;
  const config = { lr: 1e-3, weights: "raw", source: "embedded" };
  const about = { experiment: "default", stage: "round", command: "distill round", teacherHash: "h0" } as const;
  store.startRun({ ...run, ...about, id, name: `seed-${seed}`, round: 1, seed, config });
  for (const hash of [`h1-${seed}`, `raw-${seed}`]) {
    store.addCheckpoint({ hash, runId: id, round: 1, weights: "raw", path: id, update: 250, teacherHash: "h0" });
  }
  store.saveRound({ runId: id, round: 1, dt: 1 / 32, updates: 250, teacherHash: "h0", studentHash: `h1-${seed}` });
}

/** Teacher 400 / 5 and, at τ = 0.8, 100 / 4; students 101, 102, 103 / 4.5, whose gain is 200 by theirs. */
export function addStudents(store: Store): void {
  for (const seed of [1, 2, 3]) {
    addTrained(store, seed);
    judged(store, { round: 0, seed, value: 400, entropy: 5 });
    judged(store, { round: 0, seed, temperature: 0.8, value: 100, entropy: 4 });
    judged(store, { round: 1, seed, value: 100 + seed, entropy: 4.5 });
  }
}
