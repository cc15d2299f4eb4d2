/**
 * @file Where sweeps, stages and their work lie under a root: the one place that says so, for who runs them and who shows them.
 *
 *   ROOT/sweeps/NAME/manifests/HASH.json   what was frozen, never written twice
 *   ROOT/sweeps/NAME/diffs/HASH.patch      the code's difference to its commit
 *   ROOT/sweeps/NAME/submissions.json      which manifests, when; the last one counts
 *   ROOT/sweeps/NAME/cells/KEY.json        a cell that was pruned or cancelled
 *   ROOT/stages/KEY/status.json            one stage: how far, how often, how long
 *   ROOT/stages/KEY/log.txt, run.lock, results.json
 *   ROOT/work/RUN/                         the --root of that stage's command, with a store of its own
 *   ROOT/data/                             prepared text
 *   ROOT/sdtt.sqlite                       all stores merged
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";

export const sweepFolder = (root: string, name: string): string => join(root, "sweeps", name);
export const submissionsFile = (root: string, name: string): string =>
  join(sweepFolder(root, name), "submissions.json");
export const manifestsFolder = (root: string, name: string): string => join(sweepFolder(root, name), "manifests");
export const verdictFile = (root: string, name: string, cell: string): string =>
  join(sweepFolder(root, name), "cells", `${cell}.json`);

export type StageFile = "status.json" | "results.json" | "log.txt" | "run.lock";
export const stageFolder = (root: string, key: string): string => join(root, "stages", key);
export const stageFile = (root: string, key: string, file: StageFile): string => join(stageFolder(root, key), file);

export const workFolder = (root: string, run: string): string => join(root, "work", run);
export const dataFolder = (root: string, name: string): string => join(root, "data", name);

/** Names of the folders of sweeps under a root; one may have been cut off before it was submitted. */
export function sweepFolders(root: string): string[] {
  try {
    const entries = readdirSync(join(root, "sweeps"), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
