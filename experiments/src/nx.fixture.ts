/**
 * @file Runs nx as a user does, without what a test run has in its environment.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "./programs.js";

interface How {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** So many pieces of stdout are read, then the pipe is closed. */
  readonly reads?: number;
}

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const isOfTests = (name: string): boolean => /^(NX_|VITEST|NODE_OPTIONS$|FORCE_COLOR$|INIT_CWD$|npm_)/.test(name);

export const userEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOfTests(name)));

/** Runs a script of the repository with these arguments; no shell reads them. */
export function runScript(
  script: string,
  args: readonly string[],
  { cwd = repository, env = {}, reads = Number.POSITIVE_INFINITY }: How = {},
): Promise<Said> {
  const child = spawn(process.execPath, [join(repository, script), ...args], {
    ...{ cwd, env: { ...userEnvironment(), ...env }, stdio: ["ignore", "pipe", "pipe"] },
  });
  const said = { stdout: "", stderr: "" };
  let pieces = 0;
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
      if (name === "stdout" && ++pieces === reads) child.stdout.destroy();
    });
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...said })));
}

export const nx = (args: readonly string[], how: How = {}): Promise<Said> =>
  runScript("node_modules/nx/dist/bin/nx.js", args, how);

export const sdtt = (args: readonly string[], how: How = {}): Promise<Said> =>
  runScript("experiments/bin/sdtt.js", args, how);
