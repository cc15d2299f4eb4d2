/**
 * @file Runs a sweep as one array job on Slurm, a task a cell, and watches it through the tasks' own files.
 *
 * Slurm is asked only which tasks it still has, and what became of one that is gone without a word: how far tasks are is
 * in status.json, as `sacct` needs a database that many clusters lack. Tasks write stores of their own, without a
 * write-ahead log; the watcher merges them. It can be stopped and started again at any time.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { writeFileAtomic } from "@sdtt/core/files";
import type { FrozenCell, Manifest } from "../../cells/frozen.js";
import { readManifest } from "../../cells/manifest.js";
import { cellStatuses, isEnded } from "../../sweep/cellStatus.js";
import { collect } from "../../sweep/collect.js";
import { folderOf, type Job, knownJob, noteJob } from "../../sweep/jobFile.js";
import { stopOnSignals } from "../../sweep/stopping.js";
import type { SlurmOptions } from "./options.js";
import { argumentsOf, scriptOf } from "./script.js";
import { queuedTasks, sbatch, scancel } from "./tools.js";
import { watch } from "./watch.js";

/** Submits what is missing unless its job is there already, then watches until the job is over or a stop is asked for. */
export async function runOnSlurm(o: SlurmOptions): Promise<void> {
  const { root, manifest, hash } = o;
  const active = await activeJob(root, manifest);
  const job = active ?? (await submitJob(o));
  if (!job) return;
  process.stderr.write(active ? `watching Slurm's job ${job.job} again\n` : `Slurm's job ${job.job}\n`);
  const stop = stopOnSignals();
  try {
    await watch(o, job, stop.soft);
  } finally {
    stop.release();
    collect(root, hash, manifest, manifest.stages);
  }
  if (stop.soft.aborted) {
    const name = manifest.definition.name;
    const remedy = `the same command watches it, experiments:cancel --sweep=${name} ends it`;
    process.stderr.write(`job ${job.job} goes on; ${remedy}\n`);
    return;
  }
  const open = cellStatuses(root, manifest).filter((status) => !isEnded(status));
  if (open.length === 0) return;
  process.stderr.write(
    `job ${job.job} is over, and ${open.length} cells are not done; the same command submits them\n`,
  );
  process.exitCode = 1;
}

/**
 * The job of this sweep that is queued or runs, perhaps submitted at another commit.
 *
 * Throws   UserError when it has other cells: two jobs of one sweep would get in each other's way
 */
export async function activeJob(root: string, manifest: Manifest): Promise<Job | undefined> {
  const known = knownJob(root, manifest);
  if (!known || ((await queuedTasks(known.job)) ?? []).length === 0) return undefined;
  const { name } = manifest.definition;
  const keys = ({ cells }: Manifest) => cells.map(({ key }) => key).join();
  if (keys(readManifest(root, name, known.manifest)) === keys(manifest)) return known;
  const remedy = `Wait for it, or end it: npx nx run experiments:cancel --sweep=${name}`;
  throw userError(`sweep ${name}`, "its job must be over before other cells are submitted", `job ${known.job}`, remedy);
}

async function submitJob(o: SlurmOptions): Promise<Job | undefined> {
  const { root, manifest, hash } = o;
  const missing = cellStatuses(root, manifest).flatMap((status, index) => (isEnded(status) ? [] : [index]));
  if (missing.length === 0) return undefined;
  const folder = folderOf(root, manifest);
  mkdirSync(folder, { recursive: true });
  const script = join(folder, `${hash}.sh`);
  writeFileAtomic(script, scriptOf(o));
  const told = argumentsOf(o, missing);
  const number = await sbatch([...told, script]);
  const job = { job: number, manifest: hash, at: new Date().toISOString(), indices: missing, arguments: told };
  noteJob(root, manifest, job);
  return job;
}

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
