/**
 * @file Runs nx as a user does, without what a test run has in its environment.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "./programs.js";

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
  { cwd = repository, env = {} }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Said> {
  const child = spawn(process.execPath, [join(repository, script), ...args], {
    ...{ cwd, env: { ...userEnvironment(), ...env }, stdio: ["ignore", "pipe", "pipe"] },
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...said })));
}

export const nx = (args: readonly string[], more: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Said> =>
  runScript("node_modules/nx/dist/bin/nx.js", args, more);

export const sdtt = (args: readonly string[], more: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Said> =>
  runScript("experiments/bin/sdtt.js", args, more);
