/**
 * @file The command line as users run it, for tests: bundled from the sources, in processes of its own.
 *
 * Signals, locks and exit codes are only real between processes, and a build that is not fresh would be tested in
 * silence, so the sources are bundled (as in core's store/concurrency.test.ts).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { randomStream } from "@sdtt/core/base";
import { newestCheckpoint } from "@sdtt/core/checkpoint";
import { fileHash } from "@sdtt/core/files";
import { openStore } from "@sdtt/core/store";
import { build, defaultServerConditions } from "vite";

/** From packages/core/dist/x the bundled program finds the store's migrations as the built one does. */
const dist = fileURLToPath(new URL("../../core/dist", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr says so, or the process has ended. */
  says(text: string): Promise<void>;
}

export interface Bench {
  /** A fresh folder with `text/`, forty small documents. */
  readonly folder: string;
  start(cwd: string, args: readonly string[]): Running;
  run(cwd: string, args: readonly string[]): Promise<Ended>;
  remove(): void;
}

export async function openBench(): Promise<Bench> {
  mkdirSync(dist, { recursive: true });
  const program = mkdtempSync(join(dist, "distill-"));
  const conditions = ["@sdtt/source", ...defaultServerConditions];
  await build({
    ...{ configFile: false, logLevel: "silent", resolve: { conditions }, ssr: { resolve: { conditions } } },
    build: {
      ...{ ssr: fileURLToPath(new URL("./cli.ts", import.meta.url)), outDir: program, emptyOutDir: false },
      rollupOptions: { output: { entryFileNames: "cli.js", chunkFileNames: "[name].js" } },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "distill-"));
  writeTexts(join(folder, "text"));
  const start = (cwd: string, args: readonly string[]) => startProcess(join(program, "cli.js"), cwd, args);
  const remove = () => {
    for (const path of [program, folder]) rmSync(path, { recursive: true, force: true });
  };
  return { folder, start, run: (cwd, args) => start(cwd, args).ended, remove };
}

function startProcess(program: string, cwd: string, args: readonly string[]): Running {
  mkdirSync(cwd, { recursive: true });
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (chunk) => (output[name] += chunk));
  let over = false;
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => {
      over = true;
      resolve({ code, ...output });
    });
  });
  const says = async (text: string) => {
    while (!over && !output.stderr.includes(text)) await sleep(10);
  };
  return { child, ended, says };
}

function writeTexts(folder: string): void {
  mkdirSync(folder);
  const random = randomStream(1, "texts");
  const words = ["and", "the", "light", "was", "good", "over", "water", "he", "said", "unto", "them", "day"];
  for (let i = 0; i < 40; i++) {
    const text = Array.from({ length: 60 }, () => words[random.integer(words.length)]).join(" ");
    writeFileSync(join(folder, `${i}.txt`), `${text}\n`);
  }
}

/** Waits until the newest checkpoint below `folder` is of `update` or later, or the process has ended. */
async function checkpointed(running: Running, folder: string, update: number): Promise<void> {
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  while (!over && Number(newestCheckpoint(folder)?.slice(-8) ?? -1) < update) await sleep(5);
}

/** Where to interrupt: after the checkpoint of an update (0: once training starts), then up to `withinMs`. */
export interface Place {
  readonly after: number;
  readonly withinMs: number;
}

/**
 * Starts `args` and sends SIGTERM at each of the places, twice within a moment as npm and nx do; gives what each
 * process said. Throws where one did not end in good order, with the exit code of a process that was stopped.
 */
export async function interrupt(
  bench: Bench,
  { cwd, args, folder, started }: { cwd: string; args: readonly string[]; folder: string; started: string },
  places: readonly Place[],
): Promise<string[]> {
  const random = randomStream(42, args[0] as string);
  const outputs: string[] = [];
  for (const { after, withinMs } of places) {
    const running = bench.start(cwd, args);
    await running.says(started);
    if (after > 0) await checkpointed(running, join(cwd, folder), after);
    await sleep(withinMs * random.uniform());
    running.child.kill("SIGTERM");
    await sleep(5);
    running.child.kill("SIGTERM");
    const { code, stdout, stderr } = await running.ended;
    if (code !== 143) throw new Error(`interrupted after ${after}: exit code ${code}\n${stderr}`);
    outputs.push(stdout + stderr);
  }
  return outputs;
}

/** Update and loss of every point of a run, in order. */
export function lossesOf(cwd: string, run: string): (readonly [number, number | null])[] {
  const store = openStore(join(cwd, ".sdtt/sdtt.sqlite"), { readonly: true });
  const points = store.trainPoints(run).map(({ update, loss }) => [update, loss] as const);
  store.close();
  return points;
}

/** SHA-256 of the weights, of their average and of the moments in the newest checkpoint below `folder`. */
export function finalHashes(folder: string): Record<string, string> {
  const path = newestCheckpoint(folder);
  if (!path) throw new Error(`no checkpoint in ${folder}`);
  const names = readdirSync(path).filter((name) => name.endsWith(".safetensors"));
  return Object.fromEntries(names.map((name) => [name, fileHash(join(path, name))]));
}
