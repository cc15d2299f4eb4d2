/**
 * @file How far stages are, from files alone: no process is asked, so it holds for other hosts too.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "@sdtt/core/files";
import { type SeenState, type StageStatus, seenState, stageFile, stageStatus } from "@sdtt/core/sweep";

export const freshStatus: StageStatus = { state: "pending", attempts: 0, failures: 0, seconds: 0 };

export function readStatus(root: string, key: string): StageStatus {
  try {
    return stageStatus.parse(JSON.parse(readFileSync(stageFile(root, key, "status.json"), "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return freshStatus;
    throw error;
  }
}

export function writeStatus(root: string, key: string, status: StageStatus): void {
  writeFileAtomic(stageFile(root, key, "status.json"), `${JSON.stringify(status, null, 2)}\n`);
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

/** A stage as it is seen from outside. */
export const stateOf = (root: string, key: string, status = readStatus(root, key)): SeenState =>
  seenState(root, key, status);
