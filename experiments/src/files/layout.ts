/**
 * @file The sweeps that were submitted under a root, by name.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { submissionsFile, sweepFolders } from "@sdtt/core/sweep";

export const sweepNames = (root: string): string[] =>
  sweepFolders(root)
    .filter((name) => existsSync(submissionsFile(root, name)))
    .sort();

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
