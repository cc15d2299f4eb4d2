/**
 * @file Students as they were before packing, as checkpoints of the store: later rounds descend from them, not from what ships.
 *
 * Without them a shipped student's first teacher could not be found, and it would be compared with nothing.
 */
import { join } from "node:path";
import { readCheckpointState } from "@sdtt/core/checkpoint";
import type { CheckpointRow, Known } from "@sdtt/core/store";
import { roundAssets } from "@sdtt/core/workspace";

/** The same figures, with a row for each predecessor that a student names; what is known already stays. */
export function withTrained(known: Known, out: string): Known {
  const hashes = new Set(known.checkpoints.map(({ hash }) => hash));
  const students = roundAssets(out).map(({ path }) => readCheckpointState(path));
  const longest = students.map(({ state }) => state.lineage as readonly string[]).at(-1) ?? [];
  const rows = longest.flatMap((hash, round): CheckpointRow[] => {
    const packed = students[round - 1]?.hashes.model;
    const own = known.checkpoints.find((one) => one.hash === packed);
    if (own === undefined || hashes.has(hash)) return [];
    // Before its packed form, which stays the run's last.
    const createdAt = new Date(Date.parse(own.createdAt ?? "") - 1).toISOString();
    const path = join("assets", `round-${round}`).replaceAll("\\", "/");
    return [{ ...own, hash, weights: "ema", path, teacherHash: longest[round - 1] ?? null, createdAt }];
  });
  return { ...known, checkpoints: [...known.checkpoints, ...rows] };
}
