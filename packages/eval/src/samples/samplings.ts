/**
 * @file What is to be sampled and judged, listed before anything is drawn, so that progress knows how much there is.
 */
import { startProgress } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import type { EvaluationRun } from "../record/evaluationRun.js";
import type { ItemsPlace } from "../shards/keptItems.js";
import { rangeOf, type ShardNumber } from "../shards/shard.js";
import type { CellSettings, Subject } from "./cellIdentity.js";
import { evaluateCells, stepsLacking } from "./cells.js";

/** One model at some step counts. */
export interface Sampling {
  /** As progress names the model. */
  readonly label: string;
  readonly subject: Subject;
  readonly steps: readonly number[];
  readonly settingsAt: (steps: number) => CellSettings;
  /** Another judge of samples that an earlier one of the list draws. */
  readonly again?: true;
}

/** A frontier: one sampling a temperature; 1, which gains are read at, is always among them. */
export function overTemperatures(
  of: Omit<Sampling, "settingsAt">,
  settings: CellSettings,
  temperatures: readonly number[],
): Sampling[] {
  return [...new Set([1, ...temperatures])].map((temperature) => {
    return { ...of, settingsAt: () => ({ ...settings, temperature }) };
  });
}

/** The same for the rows of a shard; step counts of which it has none are left out. */
function ofShard(sampling: Sampling, shard: ShardNumber | undefined): Sampling {
  if (!shard) return sampling;
  const rowsAt = (count: number) => rangeOf(shard, sampling.settingsAt(count).samples);
  const steps = sampling.steps.filter((count) => rowsAt(count).to > rowsAt(count).from);
  const settingsAt = (count: number) => {
    const { from, to } = rowsAt(count);
    return { ...sampling.settingsAt(count), samples: to - from, first: from };
  };
  return { ...sampling, steps, settingsAt };
}

/** Draws and judges whatever the store or the files lack; each cell is stored as it is complete. */
export async function drawAll(
  engine: Engine,
  run: Pick<EvaluationRun, "store" | "runId"> & ItemsPlace,
  name: string,
  asked: readonly Sampling[],
): Promise<void> {
  const samplings = asked.map((one) => ofShard(one, run.shard));
  const total = samplings.reduce((sum, { again, subject, steps, settingsAt }) => {
    return again ? sum : sum + stepsLacking(run, subject, steps, settingsAt);
  }, 0);
  const progress = startProgress({ label: name, total, unit: "steps" });
  let taken = 0;
  for (const { label, subject, steps, settingsAt } of samplings) {
    const onStep = (count: number) => progress.update(++taken, `${label} at ${count} steps`);
    await evaluateCells(engine, run, subject, steps, settingsAt, onStep);
  }
  progress.done();
}
