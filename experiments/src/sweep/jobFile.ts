/**
 * @file What is known of a sweep's job: `ROOT/sweeps/NAME/slurm/job.json`.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "@sdtt/core/files";
import { sweepFolder } from "@sdtt/core/sweep";
import type { Manifest } from "../cells/frozen.js";

export interface Job {
  readonly job: string;
  readonly manifest: string;
  readonly at: string;
  /** Cells that are its tasks; absent in jobs of before 0.2, of which all that were missing are. */
  readonly indices?: readonly number[];
  /** What sbatch was told. */
  readonly arguments?: readonly string[];
}

export const folderOf = (root: string, { definition }: Manifest): string =>
  join(sweepFolder(root, definition.name), "slurm");

const jobFile = (root: string, manifest: Manifest): string => join(folderOf(root, manifest), "job.json");

/** The job that was submitted last. */
export function knownJob(root: string, manifest: Manifest): Job | undefined {
  const path = jobFile(root, manifest);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

export function noteJob(root: string, manifest: Manifest, job: Job): void {
  writeFileAtomic(jobFile(root, manifest), `${JSON.stringify(job)}\n`);
}

/** Where a task writes. */
export const taskLog = (root: string, manifest: Manifest, job: string, index: number): string =>
  join(folderOf(root, manifest), `${job}_${index}.log`);
