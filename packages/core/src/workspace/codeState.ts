/**
 * @file The code that something was made with: its commit, and the difference to it as text.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Commit, commitOf } from "./provenance.js";

export interface CodeState extends Commit {
  /** `git diff HEAD` and the new files' contents; empty for a clean tree and where there is no git. */
  readonly diff: string;
}

/** New files above this are named by their hash only. */
const newFileBytes = 1 << 16;

/** Of the repository that `within` is in: this code's unless given. */
export function codeState(within: string = import.meta.dirname): CodeState {
  const { commit, dirty } = commitOf(within);
  if (!dirty || commit === "unknown") return { commit, dirty, diff: "" };
  const run = (cwd: string, ...args: string[]) =>
    execFileSync("git", args, { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
  const directory = run(within, "rev-parse", "--show-toplevel").trimEnd();
  const git = (...args: string[]) => run(directory, ...args);
  const changed = git("diff", "HEAD", "--no-ext-diff", "--no-color", "--binary");
  const names = git("ls-files", "--others", "--exclude-standard", "-z").split("\0").filter(Boolean).sort();
  return { commit, dirty, diff: changed + names.map((name) => newFile(directory, name)).join("") };
}

function newFile(directory: string, name: string): string {
  const path = join(directory, name);
  const bytes = statSync(path).isFile() ? readFileSync(path) : Buffer.alloc(0);
  const hash = createHash("sha256").update(bytes).digest("hex");
  const isText = bytes.length <= newFileBytes && !bytes.includes(0);
  return `\nnew file ${name}, ${bytes.length} bytes, SHA-256 ${hash}\n${isText ? bytes.toString("utf8") : ""}`;
}
