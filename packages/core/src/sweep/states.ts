/**
 * @file How far stages and cells are, from files alone: no process of another host is asked.
 */
import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { isAlive, staleMs } from "../files/lock.js";
import { stageFile } from "./places.js";
import type { CellVerdict, StageState, StageStatus } from "./records.js";

/** Whether somebody works on a stage at this moment. */
export function isLeased(root: string, key: string): boolean {
  const path = stageFile(root, key, "run.lock");
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
export type SeenState = StageState | "killed";

export function seenState(root: string, key: string, { state }: Pick<StageStatus, "state">): SeenState {
  if (state !== "running") return state;
  return isLeased(root, key) ? "running" : "killed";
}

/** Pending: waits for its first or next stage; stopped: one of its stages was cut off, and goes on when asked to. */
export type CellState = "done" | "failed" | "running" | "stopped" | "pending" | CellVerdict["state"];

/** Of a cell by its stages; a verdict counts where it is not done. */
export function cellState(stages: readonly SeenState[], verdict?: Pick<CellVerdict, "state">): CellState {
  const any = (...states: SeenState[]) => stages.some((state) => states.includes(state));
  if (stages.every((state) => state === "done")) return "done";
  if (verdict) return verdict.state;
  if (any("failed")) return "failed";
  if (any("running")) return "running";
  return any("stopped", "killed", "waiting") ? "stopped" : "pending";
}
