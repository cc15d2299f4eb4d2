/**
 * @file A large evaluation inside a task of Slurm's: its rows are drawn or read by an array of tasks of their own, and put together.
 *
 * The task waits for its array, so the array must find other nodes: where none of it has begun after a while it is taken
 * back, and the task draws alone. Rows that shards have drawn by then are not lost: a shard that is done stays done. Any
 * failure here costs time only, because the evaluation itself runs afterwards and does whatever is not there.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { webhookVariable } from "@sdtt/core/base";
import { quoted } from "@sdtt/core/cli";
import { stageFolder, workFolder } from "@sdtt/core/sweep";
import { execa } from "execa";
import type { FrozenStage } from "../../cells/frozen.js";
import { programs } from "../../programs.js";
import type { Definition } from "../../spec/definition.js";
import { requestArguments } from "../../spec/slurm.js";
import { isComplete, stageCommand } from "../../stage/command.js";
import type { StageJob } from "../../stage/execute.js";
import { memoryOf } from "../../sweep/resources.js";
import { queuedTasks, sbatch, scancel } from "./tools.js";

/** What one task may draw by itself: some hours of two cores. */
const flopsOfATask = 1e15;
const mostShards = 16;
const patienceMs = 300_000;

/** Stages whose rows do not depend on each other. */
const divisible: readonly string[] = ["curve", "lambada"] satisfies FrozenStage["kind"][];

/** Into how many tasks a stage is divided: as the definition says, else by its operations; 1 for trainings. */
export function shardsFor({ kind, cost }: Pick<FrozenStage, "kind" | "cost">, { limits }: Pick<Definition, "limits">) {
  if (!divisible.includes(kind)) return 1;
  return limits.shards ?? Math.max(1, Math.min(mostShards, Math.ceil(cost.flops / flopsOfATask)));
}

/** The script of the array: task I draws shard I/N. */
export function shardScript(args: readonly string[], of: number, cwd = process.cwd()): string {
  const command = [process.execPath, programs.eval, ...args].map(quoted).join(" ");
  return [
    "#!/bin/bash",
    `cd -- ${quoted(cwd)} || exit`,
    "export SDTT_STORE_JOURNAL=rollback",
    `exec ${command} --shard="$SLURM_ARRAY_TASK_ID"/${of}`,
    "",
  ].join("\n");
}

/** Waits for the array; false where it had to be taken back. */
async function arrayIsOver(job: string, of: number, stop: AbortSignal): Promise<boolean> {
  const all = Array.from({ length: of }, (_, i) => i + 1);
  const deadline = performance.now() + patienceMs;
  let begun = false;
  for (;;) {
    const tasks = await queuedTasks(job);
    if (tasks?.length === 0) return true;
    begun ||= tasks !== undefined && (tasks.length < of || tasks.some(({ state }) => state !== "PD"));
    if (stop.aborted || (!begun && performance.now() > deadline)) {
      await scancel(job, all);
      return false;
    }
    await sleep(2000, undefined, { signal: stop }).catch(() => {});
  }
}

/** Does a large evaluation's rows in an array job of its own; does nothing for other stages, and outside of Slurm. */
export async function drawInShards(job: StageJob, say: (text: string) => void): Promise<void> {
  const { root, stage, definition, threads, stop } = job;
  const of = shardsFor(stage, definition);
  if (of < 2 || process.env.SLURM_JOB_ID === undefined || isComplete(root, stage)) return;
  const { args } = stageCommand(root, stage, { experiment: definition.name, threads });
  const asked = [
    ...[`--array=1-${of}`, `--job-name=${definition.name}-shards`, `--cpus-per-task=${threads}`],
    `--mem=${Math.ceil(memoryOf(stage, definition))}M`,
    `--output=${join(stageFolder(root, stage.key), "shard-%a.log").replace(/%(?!a\.log$)/g, "%%")}`,
    ...requestArguments(definition.limits.slurm ?? {}),
  ];
  try {
    // Slurm writes where it is told to, and makes no folder for it.
    mkdirSync(stageFolder(root, stage.key), { recursive: true });
    const script = shardScript(args, of);
    const number = await sbatch([...asked, `--wrap=${script.split("\n").slice(1, -1).join("\n")}`]);
    say(`${stage.kind} ${stage.key.slice(0, 8)}: ${of} shards, job ${number}`);
    if (!(await arrayIsOver(number, of, stop.soft))) return say(`job ${number} was taken back; drawing alone`);
    const merging = ["merge", `--root=${workFolder(root, stage.run)}`];
    const env = { ...job.env, NO_COLOR: "1", [webhookVariable]: "" };
    const { exitCode, stderr } = await execa(process.execPath, [programs.eval, ...merging], { env, reject: false });
    say(exitCode === 0 ? `${of} shards put together` : `shards: ${stderr.trim().split("\n").at(-1)}; drawing alone`);
  } catch (error) {
    say(`shards: ${(error as Error).message}; drawing alone`);
  }
}
