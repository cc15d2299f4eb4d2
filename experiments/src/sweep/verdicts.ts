/**
 * @file Why a cell does not go on though none of its stages failed: it was pruned, or somebody cancelled it.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "@sdtt/core/files";
import { sweepFolder } from "../files/layout.js";

export type CellEnd = "pruned" | "cancelled";

export interface CellVerdict {
  readonly state: CellEnd;
  readonly reason: string;
  readonly at: string;
}

const verdictFile = (root: string, sweep: string, key: string): string =>
  join(sweepFolder(root, sweep), "cells", `${key}.json`);

export function verdictOf(root: string, sweep: string, key: string): CellVerdict | undefined {
  const path = verdictFile(root, sweep, key);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

export function writeVerdict(root: string, sweep: string, key: string, state: CellEnd, reason: string): void {
  const verdict: CellVerdict = { state, reason, at: new Date().toISOString() };
  writeFileAtomic(verdictFile(root, sweep, key), `${JSON.stringify(verdict, null, 2)}\n`);
}

/** Lets the cell go on; returns whether there was a verdict. */
export function withdrawVerdict(root: string, sweep: string, key: string): boolean {
  const known = verdictOf(root, sweep, key) !== undefined;
  rmSync(verdictFile(root, sweep, key), { force: true });
  return known;
}
