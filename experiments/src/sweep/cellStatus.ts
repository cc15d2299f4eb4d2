/**
 * @file How far the cells of a manifest are: from the files of their stages, and the verdicts on them.
 */
import type { FrozenCell, Manifest } from "../cells/frozen.js";
import { type StageState, type StatusReader, stateOf, statusReader } from "../stage/status.js";
import { type CellEnd, verdictOf } from "./verdicts.js";

/** Pending: waits for its first or next stage; stopped: one of its stages was cut off, and goes on when asked to. */
export type CellState = "done" | "failed" | "running" | "stopped" | "pending" | CellEnd;

export interface CellStatus {
  readonly cell: FrozenCell;
  readonly state: CellState;
  /** Stages that are done. */
  readonly done: number;
  /** Of its stages, those included that other cells share. */
  readonly seconds: number;
  readonly note: string;
}

export function cellStatuses(
  root: string,
  { definition, cells, stages }: Manifest,
  { read }: StatusReader = statusReader(root),
): CellStatus[] {
  const known = new Map(stages.map(({ key }) => [key, { ...read(key), seen: stateOf(root, key, read(key)) }]));
  return cells.map((cell) => {
    const own = cell.stages.flatMap((key) => known.get(key) ?? []);
    const verdict = verdictOf(root, definition.name, cell.key);
    const done = own.filter(({ seen }) => seen === "done").length;
    const failed = own.find(({ seen }) => seen === "failed");
    const seconds = own.reduce((sum, status) => sum + status.seconds, 0);
    const finished = done === cell.stages.length;
    const note = (finished ? undefined : (verdict?.reason ?? failed?.error)) ?? "";
    return { cell, state: finished ? "done" : (verdict?.state ?? cellState(own)), done, seconds, note };
  });
}

function cellState(stages: readonly { readonly seen: StageState | "killed" }[]): CellState {
  const any = (...states: (StageState | "killed")[]) => stages.some(({ seen }) => states.includes(seen));
  if (any("failed")) return "failed";
  if (any("running")) return "running";
  if (any("stopped", "killed", "waiting")) return "stopped";
  return "pending";
}

/** Whether a cell is at an end, good or bad. */
export const isEnded = ({ state }: CellStatus): boolean => ["done", "failed", "pruned", "cancelled"].includes(state);
