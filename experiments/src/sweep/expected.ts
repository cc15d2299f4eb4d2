/**
 * @file How long a sweep will take: by what its own stages took, else by the operations of `--dry-run`.
 */
import { duration } from "@sdtt/core/base";
import type { StageStatus } from "@sdtt/core/sweep";
import type { FrozenStage } from "../cells/frozen.js";
import type { StageKind } from "../cells/kinds.js";
import type { StatusReader } from "../stage/status.js";

/** What an update reaches on a core of an EPYC with AVX-512, all included (docs/real-size.md); only a first guess. */
const usualGflopsPerThread = 40;

export interface Expectation {
  readonly seconds: number;
  /** Whether it comes from stages of the same kind that are done. */
  readonly measured: boolean;
}

/** Seconds for an operation, by kind, from the stages that are done. */
function ratesOf(stages: readonly (readonly [FrozenStage, StageStatus])[]): Partial<Record<StageKind, number>> {
  const rates: Partial<Record<StageKind, number>> = {};
  for (const kind of ["pretrain", "command", "round", "curve", "lambada"] as const) {
    const done = stages.filter(([stage, { state }]) => stage.kind === kind && state === "done");
    const flops = done.reduce((sum, [stage]) => sum + stage.cost.flops, 0);
    const seconds = done.reduce((sum, [, status]) => sum + status.seconds, 0);
    if (flops > 0) rates[kind] = seconds / flops;
  }
  return rates;
}

/** Time for the stages that are not done, one after another. */
export function expectedTime({ read }: StatusReader, stages: readonly FrozenStage[], threads: number): Expectation {
  const known = stages.map((stage) => [stage, read(stage.key)] as const);
  const rates = ratesOf(known);
  const guess = 1 / (usualGflopsPerThread * 1e9 * threads);
  const left = known.filter(([, { state }]) => state !== "done");
  const seconds = left.reduce((sum, [{ kind, cost }, status]) => {
    return sum + Math.max(0, cost.flops * (rates[kind] ?? guess) - status.seconds);
  }, 0);
  return { seconds, measured: left.every(([{ kind }]) => rates[kind] !== undefined) };
}

export function timeText({ seconds, measured }: Expectation, workers: number): string {
  const basis = measured ? "by the stages that are done" : "by operations; a first guess";
  return `about ${duration((1000 * seconds) / workers)} with ${workers} at once (${basis})`;
}
