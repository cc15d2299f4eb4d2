/**
 * @file Rows of a made-up store: training that goes down with noise, perplexities that fall with steps and rounds.
 */
import type { EvaluationRow, RunRow, SampleRow, TrainPoint } from "@sdtt/core/store";
import { normal, pick, uniform } from "./noise.js";
import type { PlannedRun } from "./plan.js";

const stepCounts = [4, 8, 16, 32, 64, 128] as const;
const day = 86_400_000;

export const experimentName = (experiment: number) => `experiment-${String(experiment + 1).padStart(2, "0")}`;
const chainOf = ({ seed, lr }: PlannedRun) => `lr-${lr}-seed-${seed}`;
const id = (run: PlannedRun, stage: string) =>
  `${experimentName(run.experiment)}/${chainOf(run)}/${stage}-${run.round}`;

export function runId(run: PlannedRun): string {
  return run.kind === "round" || run.kind === "curve"
    ? id(run, run.kind)
    : `${experimentName(run.experiment)}/${run.kind}`;
}

export function checkpointOf(run: PlannedRun, round = run.round): string {
  if (run.kind === "text" || run.kind === "baseline") return run.kind;
  return round === 0 ? `teacher-${run.experiment}` : `${id({ ...run, round }, "student")}`;
}

const names = { teacher: "teacher", text: "real text", baseline: "AR baseline" };

/** An experiment a day, the last one on `until`. */
export function startOf(run: PlannedRun, experiments: number, until: number): number {
  return until - (experiments - run.experiment) * day + (run.index % 40) * 900_000;
}

export function runRow(run: PlannedRun, startedAt: number): RunRow {
  const { kind, experiment, round, seed, lr, divergence } = run;
  const isTraining = kind === "round";
  const config = isTraining
    ? { updates: 5000, lr, divergence, substeps: 2, sequences: 16, ema: 0.999, seed }
    : { steps: stepCounts, sequences: 16, keep: 8, seed };
  return {
    id: runId(run),
    name: kind === "round" || kind === "curve" ? chainOf(run) : names[kind],
    experiment: experimentName(experiment),
    stage: isTraining ? "round" : "curve",
    round,
    seed,
    config,
    configHash: `config-${lr}-${divergence}`,
    commit: `${Math.floor(uniform(experiment) * 2 ** 32).toString(16)}c0ffee`,
    dirty: uniform(run.index) < 0.1,
    engine: "onnx",
    machine: pick(["alder", "birch", "cedar"], run.index),
    command: isTraining ? `distill round --lr=${lr} --seed=${seed}` : "eval curve",
    teacherHash: isTraining ? checkpointOf(run, round - 1) : null,
    startedAt: new Date(startedAt).toISOString(),
  };
}

export function trainPoint(run: PlannedRun, update: number): TrainPoint {
  const level = 0.2 + 0.05 / run.round + run.lr * 5;
  const loss = level * (1 + 2 * Math.exp(-update / 300)) * (1 + 0.15 * normal(run.index, update));
  const isBroken = run.index % 97 === 5 && update > 2000;
  return {
    update,
    loss: isBroken ? Number.NaN : loss,
    learningRate: run.lr * Math.min(1, update / 100),
    gradNorm: 0.3 + 0.1 * uniform(run.index, update, 1),
    validationLoss: update % 250 === 0 ? level * 1.05 : null,
    tokens: 2048 * update,
    wallMs: 500 + 40 * normal(run.index, update, 2),
  };
}

/** Gen-PPL after `round` rounds at `steps` steps: each round divides what few steps cost, and sharpens a little. */
function quality(run: PlannedRun, steps: number, temperature: number, seed: number) {
  const gain = run.lr === 3e-4 ? 0.8 : 1;
  const few = 900 / (steps * 2 ** (gain * run.round)) ** 0.8;
  const sharp = Math.exp(4 * (temperature - 1));
  const spread = 1 + 0.03 * normal(run.experiment, run.seed, steps, seed);
  const value = (70 + few) * sharp * (1 - 0.05 * run.round) * spread;
  const entropy =
    4.9 - 0.05 * run.round + 1.2 * (temperature - 1) - 0.1 / steps + 0.01 * normal(seed, steps, run.index);
  return { value, entropy };
}

export function evaluationRow(run: PlannedRun, place: number, createdAt: string): EvaluationRow {
  const steps = stepCounts[place % stepCounts.length] as number;
  const isLastWord = run.kind !== "text" && place % 13 === 12;
  const controls = [1, 0.9, 0.8];
  const temperature = controls[Math.floor(place / stepCounts.length) % controls.length] as number;
  const seed = 1 + Math.floor(place / (stepCounts.length * controls.length));
  const isLevel = run.kind === "text" || run.kind === "baseline";
  const { value, entropy } = quality(run, isLevel ? 4096 : steps, temperature, seed);
  const shared = {
    runId: runId(run),
    round: run.round,
    subjectHash: checkpointOf(run),
    weights: "ema",
    seed,
  } as const;
  const about = { ...shared, temperature, dtype: "float32, drawn in float64", createdAt };
  if (isLastWord) {
    const accuracy = 0.28 + 0.02 * run.round + 0.01 * normal(run.index, seed);
    const definition = { metric: "last-word-accuracy", definition: "last-word-accuracy@2" };
    return { ...about, ...definition, temperature: 1, steps: 1, nfe: 1, n: 675, value: accuracy, stderr: 0.017 };
  }
  const measured = {
    value,
    stderr: value / 40,
    entropy,
    entropyStderr: 0.01,
    n: 256,
    referenceHash: "judge-of-a-made-up-store",
  };
  const definition = { metric: "gen-ppl", definition: "gen-ppl-retokenised@1" };
  if (isLevel) return { ...about, ...measured, ...definition, temperature: 1 };
  return { ...about, ...measured, ...definition, steps, nfe: steps * 0.998, wallMs: 256 * 6 * steps };
}

const words =
  " And the of in that unto shall he LORD his they came to pass said king all them people house days land".split(
    /(?= )/,
  );

export function sampleRow(run: PlannedRun, steps: number, index: number): SampleRow {
  const pieces = Array.from({ length: 64 }, (_, i) => pick(words, run.index, steps, index, i));
  const ids = pieces.map((piece) => words.indexOf(piece));
  const revealSteps = pieces.map((_, i) => 1 + Math.floor(uniform(run.index, steps, index, i, 7) * steps));
  const nll = 4.5 + 0.2 * normal(run.index, steps, index);
  return { index, seed: 1, text: pieces.join(""), pieces, ids, revealSteps, nll };
}
