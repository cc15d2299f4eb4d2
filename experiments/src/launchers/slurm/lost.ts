/**
 * @file Tasks that are gone and left their cell undone: the cell has failed, with the reason that Slurm has for it.
 *
 * A task that is stopped in good order says so in its stage's status and may go on; one that was killed, or never began,
 * says nothing, and nobody else would.
 */
import { readFileSync } from "node:fs";
import { isLeased } from "@sdtt/core/sweep";
import { readStatus, writeStatus } from "../../stage/status.js";
import { taskLog } from "../../sweep/jobFile.js";
import { verdictOf } from "../../sweep/verdicts.js";
import type { SlurmOptions } from "./options.js";
import { endOfTask } from "./tools.js";

/** Fails those of the job's cells that are neither at an end nor stopped nor worked on by anybody. */
export async function failLost(o: SlurmOptions, job: string, indices: ReadonlySet<number>): Promise<void> {
  for (const index of indices) {
    const key = unfinishedStage(o, index);
    if (!key) continue;
    const reason = await reasonOf(o, job, index);
    const status = readStatus(o.root, key);
    if (status.state === "done") continue;
    writeStatus(o.root, key, { ...status, state: "failed", endedAt: new Date().toISOString(), error: reason });
  }
}

/** The stage at which a cell stands, if it stands without anybody having said why. */
function unfinishedStage({ root, manifest }: SlurmOptions, index: number): string | undefined {
  const cell = manifest.cells[index];
  if (!cell || verdictOf(root, manifest.definition.name, cell.key)) return undefined;
  const key = cell.stages.find((stage) => readStatus(root, stage).state !== "done");
  if (!key || ["failed", "stopped"].includes(readStatus(root, key).state) || isLeased(root, key)) return undefined;
  return key;
}

async function reasonOf({ root, manifest }: SlurmOptions, job: string, index: number): Promise<string> {
  const end = (await endOfTask(job, index)) ?? "Slurm has forgotten how";
  const log = taskLog(root, manifest, job, index);
  const last = lastLineOf(log);
  return `its task ${job}_${index} ended without a word: ${end}${last ? `; it said last: ${last} (${log})` : ""}`;
}

function lastLineOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").at(-1)?.trim() ?? "";
  } catch {
    return "";
  }
}
