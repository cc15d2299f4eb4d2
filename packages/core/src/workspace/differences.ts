/**
 * @file How the files of a checkout differ from its commit: which were changed, and which are new.
 */
import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { type FileKind, fileKinds } from "./fileKinds.js";
import { type Answer, askGit } from "./git.js";

export interface Changed {
  readonly path: string;
  /** As git says: M, D, T, U. */
  readonly status: string;
  readonly kind: FileKind;
}

export interface Differences {
  /** The checkout's folder. */
  readonly top: string;
  readonly commit: string;
  readonly changed: readonly Changed[];
  readonly added: readonly Pick<Changed, "path" | "kind">[];
  /** What git would not say, a sentence each. */
  readonly unknown: readonly string[];
}

const named = ({ text }: Answer): string[] => (text ?? "").split("\0").filter(Boolean);

/** `git diff --raw -z`: a line of modes, hashes and status, then the path. */
function changedFiles(answer: Answer): Omit<Changed, "kind">[] {
  const parts = named(answer);
  return parts.flatMap((part, i) =>
    part.startsWith(":") ? [{ status: part.at(-1) ?? "", path: parts[i + 1] ?? "" }] : [],
  );
}

/** Where the repository around `within` is and at which commit; the reason where that is not known. */
export function placeOf(
  within: string,
): { readonly top: string; readonly commit: string } | { readonly reason: string } {
  const { text, reason } = askGit(within, ["rev-parse", "--show-toplevel", "--verify", "HEAD"]);
  const [top, commit] = text?.split("\n") ?? [];
  return top && commit ? { top, commit } : { reason };
}

/** Pathspecs that leave out those of the folders that are in the checkout. */
function excluded(top: string, folders: readonly string[]): string[] {
  const places = folders.map((folder) => relative(top, existsSync(folder) ? realpathSync(folder) : resolve(folder)));
  const inside = places.filter((place) => place !== "" && !place.startsWith("..") && !isAbsolute(place));
  return inside.map((place) => `:(top,exclude,literal)${place.replaceAll("\\", "/")}`);
}

/**
 * The differences of the repository that `within` is in.
 *
 * @param without folders that are none of it, as --root is
 */
export function differencesOf(
  within: string,
  without: readonly string[] = [],
): Differences | { readonly reason: string } {
  const place = placeOf(within);
  if ("reason" in place) return place;
  const { top, commit } = place;
  const raw = ["diff", "HEAD", "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=dirty"];
  const changes = askGit(top, raw);
  const news = askGit(top, ["ls-files", "--others", "--exclude-standard", "-z", "--", ":/", ...excluded(top, without)]);
  const changed = changedFiles(changes);
  const added = named(news).sort();
  const kindOf = fileKinds(added);
  const unknown = [
    ...(changes.text === undefined ? [`which files were changed: ${changes.reason}`] : []),
    ...(news.text === undefined ? [`which files are new: ${news.reason}`] : []),
  ];
  return {
    ...{ top, commit, unknown },
    changed: changed.map((file) => ({ ...file, kind: kindOf(file.path) })),
    added: added.map((path) => ({ path, kind: kindOf(path) })).filter(({ kind }) => kind !== "own"),
  };
}
