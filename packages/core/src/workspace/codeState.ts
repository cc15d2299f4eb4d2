/**
 * @file The code that something was made with: its commit, and how its files differ from it, as far as that is code.
 *
 * A run always starts: links are not followed, whatever cannot be read, listed or finished within its limits is said and
 * left out, and nothing here throws. Nobody's data is taken in: new files that are no code are named with size and hash,
 * and change nothing of the code's identity. Secrets are not even read.
 */
import { redacted } from "../base/redact.js";
import type { Commit } from "./commit.js";
import { type Description, describer } from "./describe.js";
import { type Differences, differencesOf } from "./differences.js";
import { patchOf } from "./patch.js";

export interface CodeState extends Commit {
  /**
   * What changed of the code: `git diff HEAD` and new files of code by their content, large ones by size and hash. Empty
   * for a clean tree and where there is no git. Equal code has equal text.
   */
  readonly diff: string;
  /** The other new files of the checkout, a line each. */
  readonly others: string;
  /** What is not in it and why, a sentence each. */
  readonly leftOut: readonly string[];
}

/** Characters of a difference that are kept in all. */
const mostOfPatch = 1 << 18;
/** Lines of other files that are kept. */
const mostOthers = 200;

/**
 * The state of the repository that `within` is in: this code's unless given.
 *
 * @param without folders that are none of its code, as --root is
 */
export function codeState(within: string = import.meta.dirname, without: readonly string[] = []): CodeState {
  const found = differencesOf(within, without);
  if ("reason" in found) {
    const leftOut = [`the commit is not known: ${found.reason}`];
    return { commit: "unknown", dirty: true, diff: "", others: "", leftOut };
  }
  const { commit, changed, added, unknown } = found;
  const secrets = [...changed, ...added].filter(({ kind }) => kind === "secret").map(({ path }) => path);
  const { diff, cleaned } = changesOf(found);
  const leftOut = [
    ...unknown.map((what) => `not known is ${what}`),
    ...(secrets.length > 0 ? [`left out as secrets, by their names: ${secrets.join(", ")}`] : []),
    ...(cleaned.length > 0 ? [`lines that look like secrets were left out of: ${cleaned.join(", ")}`] : []),
  ];
  return { commit, dirty: diff !== "" || unknown.length > 0, diff, others: othersOf(found), leftOut };
}

/** Tracked changes, then new code, without secrets; `cleaned` names what had some. What does not fit is named. */
function changesOf({ top, changed, added }: Differences): { diff: string; cleaned: readonly string[] } {
  const describe = describer(top);
  const [secret, open] = [true, false].map((is) =>
    changed.filter(({ kind }) => (kind === "secret") === is).map(({ path }) => path),
  ) as [string[], string[]];
  const patch = patchOf(top, open, mostOfPatch, (path) => `\nchanged file ${describe(path).line}\n`);
  const cleaned: string[] = [];
  const parts = [...secret.map((path) => `\nchanged file ${path}, left out\n`), cleanPatch(patch, cleaned)];
  let room = mostOfPatch - parts.join("").length;
  for (const { path } of added.filter(({ kind }) => kind === "code")) {
    const part = newFile(path, describe(path), room, cleaned);
    room -= part.length;
    parts.push(part);
  }
  return { diff: parts.join(""), cleaned };
}

function newFile(path: string, { line, text = "" }: Description, room: number, cleaned: string[]): string {
  const clean = redacted(text);
  if (clean !== text) cleaned.push(path);
  // The hash of the whole would tell a short secret that is missing in the text.
  const head = clean === text ? line : line.replace(/, SHA-256 \w+$/, ", with something left out");
  return `\nnew file ${head}\n${clean.length <= room ? clean : ""}`;
}

/** A patch without secrets, and without the hashes of files that had some. */
function cleanPatch(patch: string, cleaned: string[]): string {
  const parts = patch.split(/^(?=diff --git )/m).map((part) => {
    const clean = redacted(part);
    if (clean === part) return part;
    cleaned.push(/^\+\+\+ b\/(.*)$/m.exec(part)?.[1] ?? "a changed file");
    return clean.replace(/^index [0-9a-f]+\.\.[0-9a-f]+.*\n/m, "");
  });
  return parts.join("");
}

function othersOf({ top, added }: Differences): string {
  const describe = describer(top);
  const other = added.filter(({ kind }) => kind === "other");
  const lines = other.slice(0, mostOthers).map(({ path }) => `${describe(path).line}\n`);
  return lines.join("") + (other.length > mostOthers ? `and ${other.length - mostOthers} more\n` : "");
}
