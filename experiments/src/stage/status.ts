/**
 * @file How far stages are, from files alone: no process is asked, so it holds for other hosts too.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "@sdtt/core/files";
import { stageFolder } from "../files/layout.js";
import { isAlive } from "../files/processes.js";

export type StageState = "pending" | "running" | "done" | "failed" | "stopped" | "waiting";

/** What status.json says of a stage. */
export interface StageStatus {
  readonly state: StageState;
  /** Times that it was started. */
  readonly attempts: number;
  /** Failures since it was submitted or retried; past the limit it has failed. */
  readonly failures: number;
  /** Of all attempts together. */
  readonly seconds: number;
  /** Before this time it is not tried again, ms since 1970. */
  readonly notBefore?: number;
  readonly error?: string;
  readonly host?: string;
  /** Slurm's job of whose tasks it was one. */
  readonly slurmJob?: string;
  readonly pid?: number;
  /** Tells the process from a later one of the same number. */
  readonly beginning?: string | undefined;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly commit?: string;
  readonly threads?: number;
}

export const freshStatus: StageStatus = { state: "pending", attempts: 0, failures: 0, seconds: 0 };

const statusFile = (root: string, key: string): string => join(stageFolder(root, key), "status.json");

export function readStatus(root: string, key: string): StageStatus {
  try {
    return JSON.parse(readFileSync(statusFile(root, key), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return freshStatus;
    throw error;
  }
}

export function writeStatus(root: string, key: string, status: StageStatus): void {
  writeFileAtomic(statusFile(root, key), `${JSON.stringify(status, null, 2)}\n`);
}

/** Reads each status once until `refresh`, and one that is done once for ever: a sweep of 500 cells has thousands. */
export interface StatusReader {
  read(key: string): StageStatus;
  refresh(): void;
}

export function statusReader(root: string): StatusReader {
  const done = new Map<string, StageStatus>();
  let seen = new Map<string, StageStatus>();
  let begun = begunStages(root);
  return {
    read(key) {
      const known = done.get(key) ?? seen.get(key);
      if (known) return known;
      if (!begun.has(key)) return freshStatus;
      const status = readStatus(root, key);
      (status.state === "done" ? done : seen).set(key, status);
      return status;
    },
    refresh() {
      seen = new Map();
      begun = begunStages(root);
    },
  };
}

/** Keys of the stages that have begun. */
function begunStages(root: string): ReadonlySet<string> {
  const folder = join(root, "stages");
  return new Set(existsSync(folder) ? readdirSync(folder) : []);
}

/** As core's run lock: an owner whose heart has not beaten for this long is dead. */
const staleMs = 120_000;

/** Whether somebody works on a stage at this moment. */
export function isLeased(root: string, key: string): boolean {
  const path = join(stageFolder(root, key), "run.lock");
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat || Date.now() - stat.mtimeMs > staleMs) return false;
  try {
    const { host, pid } = JSON.parse(readFileSync(path, "utf8"));
    return host !== hostname() || isAlive(pid);
  } catch {
    return true;
  }
}

/** A stage as it is seen from outside: "running" without an owner is one that was killed. */
export function stateOf(root: string, key: string, { state } = readStatus(root, key)): StageState | "killed" {
  if (state !== "running") return state;
  return isLeased(root, key) ? "running" : "killed";
}
