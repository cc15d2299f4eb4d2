/**
 * @file What the same tree had at another revision, and how many lines of source there are beside that.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { type Source, sourcesOf } from "./sources.js";

const sourceFolders = [":(glob)packages/*/src/**", ":(glob)experiments/src/**"];

/**
 * All sources of the checkout at `root` as they were at `revision`.
 *
 * Throws   UserError where git knows no such revision
 */
export function sourcesAt(root: string, revision: string): Source[] {
  const folder = mkdtempSync(join(tmpdir(), "census-"));
  const packed = join(folder, "tree.tar");
  const options = { cwd: root, stdio: "pipe" } as const;
  try {
    execFileSync("git", ["archive", "--format=tar", `--output=${packed}`, revision, "--", ...sourceFolders], options);
    execFileSync("tar", ["-xf", packed, "-C", folder], options);
    return sourcesOf(folder);
  } catch (cause) {
    throw userError("census", "--since must be a revision of this checkout", revision, "See `git log`.", cause);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const projectOf = ({ path }: Source): string => path.slice(0, path.indexOf("/src/"));

export const linesOf = (files: readonly Source[]): number =>
  files.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);

/** Sources and their lines without tests and fixtures, before and now, by package and in all. */
export function growth(before: readonly Source[], now: readonly Source[]): (string | number)[][] {
  const projects = [...new Set([...before, ...now].map(projectOf))].sort();
  const row = (name: string, isCounted: (file: Source) => boolean) => {
    const [then, today] = [before, now].map((files) => files.filter((file) => !file.isTest && isCounted(file))) as [
      Source[],
      Source[],
    ];
    return [name, then.length, today.length, linesOf(then), linesOf(today), linesOf(today) - linesOf(then)];
  };
  return [...projects.map((name) => row(name, (file) => projectOf(file) === name)), row("all", () => true)];
}
