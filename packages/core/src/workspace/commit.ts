/**
 * @file The commit of the code, and whether its files differ from it.
 */
import { differencesOf } from "./differences.js";

export interface Commit {
  /** Full hash, or "unknown" where the project is not under git. */
  readonly commit: string;
  /**
   * Whether the code differs from that commit: tracked files that were changed, new files of code. True where there is no
   * commit, as nothing then vouches for it.
   */
  readonly dirty: boolean;
}

/** The commit of the project at `directory` (that of this code unless given). */
export function commitOf(directory: string = import.meta.dirname): Commit {
  const found = differencesOf(directory);
  if ("reason" in found) return { commit: "unknown", dirty: true };
  const { commit, changed, added, unknown } = found;
  return { commit, dirty: changed.length > 0 || unknown.length > 0 || added.some(({ kind }) => kind === "code") };
}
