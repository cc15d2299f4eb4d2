/**
 * @file The code that a submission was made with: its commit, and the difference to it as text.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { commitOf } from "@sdtt/core";
import { repository } from "../programs.js";

export interface CodeState {
  readonly commit: string;
  readonly dirty: boolean;
  /** `git diff HEAD` and the new files' contents; empty for a clean tree and where there is no git. */
  readonly diff: string;
}

/** New files above this are named by their hash only. */
const newFileBytes = 1 << 16;

export function codeState(directory: string = repository): CodeState {
  const { commit, dirty } = commitOf(directory);
  if (!dirty || commit === "unknown") return { commit, dirty, diff: "" };
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: directory, encoding: "utf8", maxBuffer: 1 << 28 });
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
