/**
 * @file Where sweeps, stages and their work lie under a root.
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
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";

export const sweepFolder = (root: string, name: string): string => join(root, "sweeps", name);
export const stageFolder = (root: string, key: string): string => join(root, "stages", key);
export const workFolder = (root: string, run: string): string => join(root, "work", run);
export const dataFolder = (root: string, name: string): string => join(root, "data", name);

export function sweepNames(root: string): string[] {
  const folder = join(root, "sweeps");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "submissions.json")))
    .sort();
}

/** The sweep that a command is about: the one named, or the only one there is. Throws   UserError otherwise */
export function sweepNamed(where: string, root: string, name: string | undefined): string {
  const names = sweepNames(root);
  if (name !== undefined && names.includes(name)) return name;
  const [only] = names;
  if (name === undefined && only && names.length === 1) return only;
  const known = names.length > 0 ? `Give one of: ${names.join(", ")}.` : "Submit one: experiments:sweep --spec=FILE.";
  const got = name ?? (names.length > 1 ? `none, and there are ${names.length}` : "none");
  throw userError(where, `the sweep must be one of ${join(root, "sweeps")}`, `${got} (flag --sweep)`, known);
}
