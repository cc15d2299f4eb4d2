/**
 * @file Why a cell does not go on though none of its stages failed: it was pruned, or somebody cancelled it.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { writeFileAtomic } from "@sdtt/core/files";
import { type CellVerdict, cellVerdict, verdictFile } from "@sdtt/core/sweep";

export function verdictOf(root: string, sweep: string, key: string): CellVerdict | undefined {
  const path = verdictFile(root, sweep, key);
  return existsSync(path) ? cellVerdict.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

export function writeVerdict(
  root: string,
  sweep: string,
  key: string,
  state: CellVerdict["state"],
  reason: string,
): void {
  const verdict: CellVerdict = { state, reason, at: new Date().toISOString() };
  writeFileAtomic(verdictFile(root, sweep, key), `${JSON.stringify(verdict, null, 2)}\n`);
}

/** Lets the cell go on; returns whether there was a verdict. */
export function withdrawVerdict(root: string, sweep: string, key: string): boolean {
  const known = verdictOf(root, sweep, key) !== undefined;
  rmSync(verdictFile(root, sweep, key), { force: true });
  return known;
}
