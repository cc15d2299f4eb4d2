/**
 * @file Runs nx as a user does, without what a test run has in its environment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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

/** Of a test run, and of a machine that runs tests: nx colours its lines where CI is set. */
const isOfTests = (name: string): boolean =>
  /^(NX_|VITEST|NODE_OPTIONS$|FORCE_COLOR$|CI$|GITHUB_ACTIONS$|INIT_CWD$|npm_)/.test(name);

export const userEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOfTests(name)));

/** A process whose words are read. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Said>;
  /** Resolves once it has said so, or has ended. */
  says(what: RegExp): Promise<void>;
}

/** Starts a script of the repository with these arguments; no shell reads them. */
function start(script: string, args: readonly string[], { cwd = repository, env = {}, reads }: How = {}): Running {
  const child = spawn(process.execPath, [join(repository, script), ...args], {
    ...{ cwd, env: { ...userEnvironment(), ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true },
  });
  const said = { stdout: "", stderr: "" };
  let pieces = 0;
  let over = false;
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
      if (name === "stdout" && ++pieces === reads) child.stdout.destroy();
    });
  }
  const ended = new Promise<Said>((resolve) => {
    child.on("close", (code) => {
      over = true;
      resolve({ code, ...said });
    });
  });
  const says = async (what: RegExp) => {
    while (!over && !what.test(said.stdout + said.stderr)) await sleep(50);
  };
  return { child, ended, says };
}

export const startNx = (args: readonly string[]): Running => start("node_modules/nx/dist/bin/nx.js", args);

export const nx = (args: readonly string[], how: How = {}): Promise<Said> =>
  start("node_modules/nx/dist/bin/nx.js", args, how).ended;

export const sdtt = (args: readonly string[], how: How = {}): Promise<Said> =>
  start("experiments/bin/sdtt.js", args, how).ended;
