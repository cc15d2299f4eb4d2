/**
 * @file git, asked a question that must never stop or change anything: bounded in time and size, without its locks.
 */
import { spawnSync } from "node:child_process";

/** Milliseconds that a question may take; the answer to a tree of 100 000 files comes within a second or two. */
const patienceMs = 10_000;

export interface Answer {
  /** Undefined where git gave none. */
  readonly text: string | undefined;
  /** Why it gave none, on one line. */
  readonly reason: string;
}

/** The user's environment without what a hook of another repository may have set, and without the lock of `status`. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|NAMESPACE|COMMON_DIR)$/.test(name),
  );
  return { ...Object.fromEntries(own), GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
}

function reasonOf(stderr: string, error: NodeJS.ErrnoException | undefined): string {
  if (error?.code === "ENOENT") return "there is no git";
  if (error?.code === "ETIMEDOUT") return `git took more than ${patienceMs / 1000} s`;
  if (error?.code === "ENOBUFS") return "git's answer was too long";
  if (/dubious ownership/.test(stderr)) {
    return "git refuses a folder of another user (git config --global --add safe.directory FOLDER allows it)";
  }
  const [first = ""] = stderr.replace(/^(fatal|error|warning): /, "").split("\n", 1);
  return first || error?.message || "git gave no answer";
}

/** Asks git in `directory`. @param mostBytes of the answer */
export function askGit(directory: string, args: readonly string[], mostBytes = 1 << 24): Answer {
  const options = {
    cwd: directory,
    env: environment(),
    timeout: patienceMs,
    maxBuffer: mostBytes,
    killSignal: "SIGKILL",
  } as const;
  const { status, stdout, stderr, error } = spawnSync("git", args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  if (status === 0 && !error) return { text: stdout.toString("utf8"), reason: "" };
  return { text: undefined, reason: reasonOf(String(stderr ?? ""), error) };
}
