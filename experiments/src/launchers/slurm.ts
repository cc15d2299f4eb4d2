/**
 * @file Runs a sweep as one array job on Slurm, a task a cell, and watches it through the tasks' own files.
 *
 * Slurm is asked only which tasks it still has: how far they are is in status.json, as `sacct` needs a database that many
 * clusters lack. Tasks write stores of their own, without a write-ahead log; the watcher merges them. It can be stopped
 * and started again at any time.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { userError, writeFileAtomic } from "@sdtt/core";
import { z } from "zod";
import type { FrozenCell, Manifest } from "../cells/frozen.js";
import { readManifest } from "../cells/manifest.js";
import { programs } from "../programs.js";
import { sweepFolder } from "../stage/layout.js";
import { type CellStatus, cellStatuses, isEnded } from "../sweep/cellStatus.js";
import { collect } from "../sweep/collect.js";
import { largestMemoryMiB } from "../sweep/resources.js";
import { stopOnSignals } from "../sweep/stopping.js";
import { countsOf } from "../sweep/summary.js";
import { checkSlurm, queuedTasks, sbatch, scancel, spelledIndices } from "./slurmTools.js";

export const slurmFlags = {
  partition: z.string().optional().describe("slurm: partition of the job; default: the cluster's"),
  limit: z.int().positive().default(64).describe("slurm: cells at once, at most"),
  minutes: z.int().positive().default(240).describe("slurm: time limit of a task; past it the task is queued again"),
  grace: z
    .int()
    .positive()
    .default(120)
    .describe("slurm: seconds before that limit at which a task saves and requeues"),
  poll: z.number().positive().default(10).describe("slurm: seconds between two looks at the tasks' files"),
};

interface SlurmFlags {
  readonly root: string;
  readonly threads?: number | undefined;
  readonly partition?: string | undefined;
  readonly limit: number;
  readonly minutes: number;
  readonly grace: number;
  readonly poll: number;
}

export interface SlurmOptions extends SlurmFlags {
  readonly hash: string;
  readonly manifest: Manifest;
}

/** Throws   UserError when Slurm is not installed, does not answer, or cannot take so many cells */
export async function slurmOptionsOf(flags: SlurmFlags, hash: string, manifest: Manifest): Promise<SlurmOptions> {
  const largest = await checkSlurm();
  if (manifest.cells.length > largest) {
    const got = `${manifest.cells.length} cells`;
    const remedy = "Divide the definition, or raise MaxArraySize in slurm.conf.";
    throw userError("slurm", `an array job must have at most ${largest} tasks (MaxArraySize)`, got, remedy);
  }
  const options = { ...flags, root: resolve(flags.root), hash, manifest };
  await activeJob(options);
  return options;
}

interface Job {
  readonly job: string;
  readonly manifest: string;
  readonly at: string;
}

const folderOf = (root: string, { definition }: Manifest): string => join(sweepFolder(root, definition.name), "slurm");
const jobFile = (root: string, manifest: Manifest): string => join(folderOf(root, manifest), "job.json");

function knownJob(root: string, manifest: Manifest): Job | undefined {
  const path = jobFile(root, manifest);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** Submits what is missing unless its job is there already, then watches until the job is over. */
export async function runOnSlurm(o: SlurmOptions): Promise<void> {
  const { root, manifest, hash } = o;
  const active = await activeJob(o);
  const job = active ?? (await submitJob(o));
  if (!job) return;
  process.stderr.write(active ? `watching Slurm's job ${job} again\n` : `Slurm's job ${job}\n`);
  const stop = stopOnSignals();
  try {
    await watch(o, job, stop.soft);
  } finally {
    stop.release();
    collect(root, hash, manifest, manifest.stages);
  }
  if (stop.soft.aborted) {
    const name = manifest.definition.name;
    process.stderr.write(
      `job ${job} goes on; the same command watches it, experiments:cancel --sweep=${name} ends it\n`,
    );
  }
}

/**
 * The job of this sweep that is queued or runs, perhaps submitted at another commit.
 *
 * Throws   UserError when it has other cells: two jobs of one sweep would get in each other's way
 */
async function activeJob({ root, manifest }: SlurmOptions): Promise<string | undefined> {
  const known = knownJob(root, manifest);
  if (!known || ((await queuedTasks(known.job)) ?? []).length === 0) return undefined;
  const { name } = manifest.definition;
  const keys = ({ cells }: Manifest) => cells.map(({ key }) => key).join();
  if (keys(readManifest(root, name, known.manifest)) === keys(manifest)) return known.job;
  const remedy = `Wait for it, or end it: npx nx run experiments:cancel --sweep=${name}`;
  throw userError(`sweep ${name}`, "its job must be over before other cells are submitted", `job ${known.job}`, remedy);
}

async function submitJob(o: SlurmOptions): Promise<string | undefined> {
  const { root, manifest, hash } = o;
  const missing = cellStatuses(root, manifest).flatMap((status, index) => (isEnded(status) ? [] : [index]));
  if (missing.length === 0) return undefined;
  const folder = folderOf(root, manifest);
  mkdirSync(folder, { recursive: true });
  const script = join(folder, `${hash}.sh`);
  writeFileAtomic(script, scriptOf(o));
  const job = await sbatch([...argumentsOf(o, missing), script]);
  const described: Job = { job, manifest: hash, at: new Date().toISOString() };
  writeFileAtomic(jobFile(root, manifest), `${JSON.stringify(described)}\n`);
  return job;
}

/** What sbatch is told. The signal goes to the batch process alone (B:), which is node. */
export function argumentsOf(o: SlurmOptions, indices: readonly number[]): string[] {
  const { manifest, partition, limit, minutes, grace, root } = o;
  const { definition } = manifest;
  return [
    `--array=${spelledIndices(indices)}%${limit}`,
    `--job-name=${definition.name}`,
    ...["--requeue", `--signal=B:USR2@${grace}`, "--open-mode=append", `--time=${minutes}`],
    `--cpus-per-task=${threadsOf(o)}`,
    `--mem=${Math.ceil(largestMemoryMiB(manifest))}M`,
    ...(partition ? [`--partition=${partition}`] : []),
    `--output=${join(folderOf(root, manifest), "%A_%a.log")}`,
  ];
}

const threadsOf = ({ threads, manifest }: SlurmOptions): number => threads ?? manifest.definition.limits.threads ?? 1;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function scriptOf(o: SlurmOptions): string {
  const { root, hash, manifest } = o;
  const flags = [
    `--root=${root}`,
    `--sweep=${manifest.definition.name}`,
    `--manifest=${hash}`,
    `--threads=${threadsOf(o)}`,
  ];
  const command = [process.execPath, programs.experiments, "work", ...flags].map(quoted).join(" ");
  return `#!/bin/bash\nexport SDTT_STORE_JOURNAL=rollback\nexec ${command} --index="$SLURM_ARRAY_TASK_ID"\n`;
}

async function watch({ root, manifest, hash, poll }: SlurmOptions, job: string, stop: AbortSignal): Promise<void> {
  let said = "";
  for (;;) {
    const tasks = await queuedTasks(job);
    const statuses = cellStatuses(root, manifest);
    collect(
      root,
      hash,
      manifest,
      manifest.stages.filter((stage) => isSettled(statuses, stage.key)),
    );
    const silent = tasks === undefined ? " (Slurm does not answer; looking at files)" : "";
    const now = `${countsOf(statuses)}${silent}`;
    if (now !== said) process.stderr.write(`${now}\n`);
    said = now;
    if (stop.aborted || statuses.every(isEnded) || tasks?.length === 0) return;
    await sleep(1000 * poll, undefined, { signal: stop }).catch(() => {});
  }
}

/** Whether a stage's store can be merged for good: its cell has come to an end. */
const isSettled = (statuses: readonly CellStatus[], key: string): boolean =>
  statuses.some((status) => isEnded(status) && status.cell.stages.includes(key));

/** Takes cells out of the sweep's job. Returns the tasks as Slurm names them. */
export async function cancelJobs(root: string, manifest: Manifest, cells: readonly FrozenCell[]): Promise<string[]> {
  const known = knownJob(root, manifest);
  if (!known) return [];
  const queued = new Set((await queuedTasks(known.job))?.map(({ index }) => index));
  const wanted = new Set(cells.map(({ key }) => key));
  const submitted = readManifest(root, manifest.definition.name, known.manifest);
  const indices = submitted.cells.flatMap(({ key }, i) => (wanted.has(key) && queued.has(i) ? [i] : []));
  await scancel(known.job, indices);
  return indices.map((index) => `${known.job}_${index}`);
}
