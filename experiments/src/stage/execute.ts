/**
 * @file Runs one stage, under a lease, as a process with its own log and limits, and writes down what came of it.
 *
 * A stage that failed by the user's fault (exit code 1) is not tried again; anything else is, later and later. A stage
 * that was stopped or whose runner was killed goes on where its own checkpoints and rows are.
 */
import { closeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { stopSignalOf, UserError, webhookVariable } from "@sdtt/core/base";
import { isAlive, lockRun, type RunLock } from "@sdtt/core/files";
import { type StageStatus, stageFolder, workFolder } from "@sdtt/core/sweep";
import { commitOf } from "@sdtt/core/workspace";
import { execa } from "execa";
import type { FrozenStage } from "../cells/frozen.js";
import { commandOf } from "../default/stages.js";
import { removeLeftovers } from "../files/leftovers.js";
import { beginningOf, outlive } from "../files/processes.js";
import { programs } from "../programs.js";
import type { Definition } from "../spec/definition.js";
import { isComplete, ownerOf, stageCommand } from "./command.js";
import { guardFlag, orphanGraceMs } from "./guard.js";
import { type Breach, type StopSignals, watchOver } from "./limits.js";
import { saveResults } from "./results.js";
import { settleStage } from "./settle.js";
import { lastLine, openLog } from "./stageLog.js";
import { readStatus, writeStatus } from "./status.js";

export interface StageJob {
  readonly root: string;
  readonly stage: FrozenStage;
  readonly definition: Definition;
  readonly threads: number;
  readonly stop: StopSignals;
  readonly env?: Readonly<Record<string, string>>;
}

/** "busy": somebody else has the lease. "waiting": to be tried again after `notBefore`. */
export type Outcome = "done" | "failed" | "waiting" | "stopped" | "busy";

export async function executeStage(job: StageJob): Promise<Outcome> {
  const { root, stage } = job;
  const lease = tryLease(root, stage.key);
  if (!lease) return "busy";
  try {
    const before = readStatus(root, stage.key);
    if (before.state === "done" || before.state === "failed") return before.state;
    if (remainingMs(before, job) > 0) return "waiting";
    if (!(await orphanGone(job, before))) return "busy";
    if (job.stop.soft.aborted) return "stopped";
    return await attempt(job, before);
  } finally {
    lease.release();
  }
}

function tryLease(root: string, key: string): RunLock | undefined {
  try {
    return lockRun(stageFolder(root, key));
  } catch (error) {
    if (error instanceof UserError && error.message.includes("one process at a time")) return undefined;
    throw error;
  }
}

/** How long a stage waits still before its next try; a clock that was set back makes it wait no longer than it should. */
export function remainingMs(
  { notBefore, failures }: StageStatus,
  { definition }: Pick<StageJob, "definition">,
): number {
  if (notBefore === undefined) return 0;
  return Math.min(notBefore - Date.now(), backoffMs(definition, failures));
}

const backoffMs = ({ limits }: Definition, failures: number): number =>
  1000 * limits.backoffSeconds * 2 ** Math.max(0, failures - 1);

/** Waits for the process of a runner that was killed: the guard ends it, after a checkpoint. */
async function orphanGone({ root, stage }: StageJob, before: StageStatus): Promise<boolean> {
  if (before.state === "running" && before.host === hostname() && before.pid) {
    await outlive(before.pid, before.beginning, orphanGraceMs);
  }
  const owner = ownerOf(root, stage);
  return owner === undefined || !isAlive(owner);
}

interface Ended {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** Why the runner itself ended it. */
  readonly cause: Breach | undefined;
}

/** All that a stage writes in: its own folders, and the prepared data that stages share. */
const foldersOf = ({ root, stage }: StageJob): string[] => [
  stageFolder(root, stage.key),
  workFolder(root, stage.run),
  join(root, "data"),
];

async function attempt(job: StageJob, before: StageStatus): Promise<Outcome> {
  const { root, stage } = job;
  removeLeftovers(foldersOf(job));
  const { commit, dirty } = commitOf();
  const { notBefore: _, error: __, ...kept } = before;
  const running: StageStatus = {
    ...kept,
    state: "running",
    attempts: before.attempts + 1,
    host: hostname(),
    ...(process.env.SLURM_ARRAY_JOB_ID && { slurmJob: process.env.SLURM_ARRAY_JOB_ID }),
    startedAt: new Date().toISOString(),
    commit: dirty ? `${commit} and changes` : commit,
    threads: job.threads,
  };
  writeStatus(root, stage.key, running);
  const started = performance.now();
  const ended = await runProcess(job, running);
  const seconds = before.seconds + (performance.now() - started) / 1000;
  const after = verdictOn(job, ended, { ...running, seconds, endedAt: new Date().toISOString() });
  if (after.state === "done") {
    settleStage(root, stage);
    saveResults(root, stage);
    removeLeftovers(foldersOf(job));
  }
  writeStatus(root, stage.key, after);
  return after.state as Outcome;
}

async function runProcess(job: StageJob, running: StageStatus): Promise<Ended> {
  const { root, stage, definition, threads, stop } = job;
  const command = stageCommand(root, stage, { experiment: definition.name, threads });
  const log = openLog(root, stage.key, `attempt ${running.attempts}: ${commandOf(command)}`);
  try {
    const child = execa(process.execPath, [guardFlag, programs[command.program], ...command.args], {
      stdin: "pipe",
      // A descriptor is passed on as it is, so that a stage can write though its runner is gone; execa's types lack it.
      stdout: log as unknown as "inherit",
      stderr: log as unknown as "inherit",
      buffer: false,
      reject: false,
      cleanup: true,
      forceKillAfterDelay: false,
      // The sweep tells its own end, not each of its stages.
      env: { ...job.env, NO_COLOR: "1", [webhookVariable]: "" },
    });
    const { pid } = child;
    if (pid) writeStatus(root, stage.key, { ...running, pid, beginning: beginningOf(pid) });
    const watch = watchOver(definition, stop, { pid: pid ?? 0, kill: (signal) => child.kill(signal) });
    const { exitCode, signal } = await child;
    return { code: exitCode, signal, cause: watch.end() };
  } finally {
    closeSync(log);
  }
}

/** What an end means for the stage. */
function verdictOn(job: StageJob, { code, signal, cause }: Ended, status: StageStatus): StageStatus {
  const { root, stage, definition, stop } = job;
  if (code === 0 && isComplete(root, stage)) return { ...status, state: "done", failures: 0 };
  const { memoryMiB, timeoutMinutes, retries } = definition.limits;
  if (cause === "memory") return failed(status, `it took more memory than limits.memoryMiB allows (${memoryMiB} MiB)`);
  if (stop.soft.aborted || stop.hard.aborted) return { ...status, state: "stopped" };
  if (code === 1) return failed(status, lastLine(root, stage.key));
  const failures = status.failures + 1;
  const late = cause === "timeout" ? `it took longer than limits.timeoutMinutes allows (${timeoutMinutes})` : undefined;
  const end = signal ? `ended by ${signal}` : `ended with exit code ${code}`;
  const error =
    late ?? (code === 0 || stopSignalOf(code) ? "it was stopped from outside" : `${end}: ${lastLine(root, stage.key)}`);
  if (failures > retries) return failed({ ...status, failures }, `${error} (after ${retries} retries)`);
  return { ...status, state: "waiting", failures, error, notBefore: Date.now() + backoffMs(definition, failures) };
}

const failed = (status: StageStatus, error: string): StageStatus => ({ ...status, state: "failed", error });
