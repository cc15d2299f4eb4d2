/**
 * @file How far the cells of a manifest are: from the files of their stages, and the verdicts on them.
 */
import { type CellState, cellState } from "@sdtt/core/sweep";
import type { FrozenCell, Manifest } from "../cells/frozen.js";
import { type StatusReader, stateOf, statusReader } from "../stage/status.js";
import { verdictOf } from "./verdicts.js";

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
    const state = cellState(
      own.map(({ seen }) => seen),
      verdict,
    );
    const note = (state === "done" ? undefined : (verdict?.reason ?? failed?.error)) ?? "";
    return { cell, state, done, seconds, note };
  });
}

/** Whether a cell is at an end, good or bad. */
export const isEnded = ({ state }: CellStatus): boolean => ["done", "failed", "pruned", "cancelled"].includes(state);
