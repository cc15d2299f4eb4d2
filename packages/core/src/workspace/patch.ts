/**
 * @file `git diff HEAD` as text, in no more than so many bytes: of all files at once, else file by file.
 *
 * Blobs are named in full, since git's abbreviations grow with a repository and equal changes must have equal text.
 * Binary files are named by their blobs: their bytes are nothing that a secret could be seen in.
 */
import { askGit } from "./git.js";

const how = [
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--no-renames",
  "--full-index",
  "--ignore-submodules=dirty",
];
const diff = ["--literal-pathspecs", "diff", "HEAD", ...how, "--src-prefix=a/", "--dst-prefix=b/", "--"];

/** More are asked for one by one: a command line has its limits. */
const mostAtOnce = 500;
/** What is asked for file by file, a process each. */
const patienceMs = 3000;

/**
 * The patch of these files.
 *
 * @param short what stands for a file whose own part is too long
 */
export function patchOf(
  top: string,
  paths: readonly string[],
  mostBytes: number,
  short: (path: string) => string,
): string {
  if (paths.length === 0) return "";
  const whole = paths.length <= mostAtOnce ? askGit(top, [...diff, ...paths], mostBytes).text : undefined;
  if (whole !== undefined) return whole;
  const until = performance.now() + patienceMs;
  let room = mostBytes;
  const parts = paths.map((path) => {
    const own =
      performance.now() < until && room > 0 ? askGit(top, [...diff, path], Math.min(room, mostBytes / 4)) : undefined;
    const text = own?.text ?? short(path);
    room -= text.length;
    return text;
  });
  return parts.join("");
}
