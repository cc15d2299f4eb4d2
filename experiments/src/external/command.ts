/**
 * @file `external`: one attempt at a stage `command`, as the runner starts it. Not for typing by hand.
 *
 * It gives the program its place, keeps its run's row, lock and heartbeat, takes training points from what it prints, and
 * makes a checkpoint of ours of what it leaves. Exit codes mean what they mean of every stage: 1 is the user's to mend.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Stopped, userError } from "@sdtt/core/base";
import { checkpointPath } from "@sdtt/core/checkpoint";
import { defineCommand } from "@sdtt/core/cli";
import { importCheckpoint } from "@sdtt/core/commands";
import { lockRun } from "@sdtt/core/files";
import { noteCode, noteFailure, openStore, type Store, type TrainPoint } from "@sdtt/core/store";
import { codeState, machineOf, roundFolder, storePath } from "@sdtt/core/workspace";
import { progressOf } from "@sdtt/distill/runs";
import { z } from "zod";
import { launchOf } from "./launch.js";
import { pointOf } from "./metrics.js";
import { commandOptions } from "./options.js";
import { type Ended, endLeftover, runProgram } from "./process.js";

const options = commandOptions.extend({
  name: z.string().describe("name of the run"),
  experiment: z.string().default("default").describe("experiment that the run belongs to"),
  root: z.string().default(".sdtt").describe("folder of runs and the store"),
  threads: z.int().positive().default(1).describe("threads of a node"),
});

type Options = z.output<typeof options>;

const beatMs = 10_000;
/** Points are written this often. */
const flushMs = 2_000;

/** Takes what the program prints: points into the store, everything else into the log. */
function listener(store: Store, runId: string) {
  let points: TrainPoint[] = [];
  const flush = () => {
    if (points.length > 0) store.addTrainPoints(runId, points);
    points = [];
  };
  const timers = [setInterval(flush, flushMs), setInterval(() => store.heartbeat(runId), beatMs)];
  return {
    onLine(line: string) {
      const point = pointOf(line);
      if (point) points.push(point);
      process.stdout.write(`${line}\n`);
    },
    end() {
      timers.forEach(clearInterval);
      flush();
    },
  };
}

/** The checkpoint that the program left, as one of ours. Throws   UserError where there is none, or a broken one */
async function adopt(o: Options, out: string, folder: string): Promise<void> {
  const source = join(out, o.checkpoint);
  if (!existsSync(source)) {
    const remedy = "Have it write one there, or name its place with command.checkpoint.";
    throw userError("command", `the program must leave a checkpoint in ${source}`, "exit code 0 and none", remedy);
  }
  const inSource = join(source, "tokenizer.json");
  if (o.tokenizer === undefined && !existsSync(inSource)) {
    throw userError(
      "command",
      "a tokenizer must come with the checkpoint",
      `no ${inSource}`,
      "Give command.tokenizer.",
    );
  }
  const { format, tokenizer, name, root } = o;
  const given = { source, out: checkpointPath(folder, 0), format, name, root, ...(tokenizer && { tokenizer }) };
  await importCheckpoint.run(importCheckpoint.options.parse(given), { config: {}, configHash: "", argv: [] });
}

function begin(
  o: Options,
  argv: readonly string[],
  runId: string,
  config: Record<string, unknown>,
  configHash: string,
) {
  const store = openStore(storePath(o.root));
  const code = codeState();
  const { commit, dirty } = code;
  const described = { id: runId, name: o.name, experiment: o.experiment, stage: "pretrain" as const, round: 0 };
  const origin = { commit, dirty, engine: "external", machine: machineOf(), command: argv.join(" ") };
  store.startRun({
    ...described,
    ...origin,
    seed: o.seed ?? 0,
    config,
    configHash,
    startedAt: new Date().toISOString(),
  });
  noteCode(store, runId, code);
  return store;
}

function addCheckpoints(store: Store, { runId, folder }: Place): void {
  const made = progressOf(folder);
  if (!made) throw new Error(`there is no checkpoint in ${folder}`);
  const { path, hashes, facts } = made;
  for (const [weights, hash] of [
    ["raw", hashes.model],
    ["ema", hashes.ema],
  ] as const) {
    if (hash) store.addCheckpoint({ hash, runId, round: 0, weights, path, update: facts.update });
  }
}

function attemptsOf({ root }: Options, runId: string): number {
  const store = openStore(storePath(root));
  const attempts = store.run(runId)?.attempt ?? 0;
  store.close();
  return attempts;
}

const wordsOf = ({ code, signal }: Ended): string => (signal ? `ended by ${signal}` : `ended with exit code ${code}`);

/** The program's own failure: it may be tried again. */
class ProgramFailed extends Error {}

/** Runs the program and adopts what it leaves, unless an attempt before got so far. */
async function attemptAt(o: Options, place: Place, attempt: number, store: Store, launch: ReturnType<typeof launchOf>) {
  const { runId, folder, out, groupFile } = place;
  if (progressOf(folder)?.isDone) return "done";
  const listening = listener(store, runId);
  try {
    const ended = await runProgram({ ...launch, groupFile, onLine: listening.onLine });
    const { argv } = launch;
    store.addEvent({ runId, kind: "command", message: `attempt ${attempt} ${wordsOf(ended)}`, data: { argv } });
    if (ended.stopped) return "stopped";
    if (ended.code !== 0) throw new ProgramFailed(`${argv[0]} ${wordsOf(ended)}; its own words are above`);
  } catch (error) {
    const { code, syscall = "" } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" || !syscall.startsWith("spawn")) throw error;
    throw userError("command", "the program must be there", launch.argv[0], "Check command.run and PATH.", error);
  } finally {
    listening.end();
  }
  await adopt(o, out, folder);
  return "done";
}

/** Does `work`, and says in the run's row how it ended. A program's failure is exit code 2, in one line. */
async function closing(store: Store, runId: string, work: () => Promise<"done" | "stopped">): Promise<void> {
  let status: "done" | "stopped" | "failed" = "failed";
  try {
    status = await work();
  } catch (error) {
    noteFailure(store, runId, error);
    if (!(error instanceof ProgramFailed)) throw error;
    process.stderr.write(`command: ${error.message}\n`);
    process.exitCode = 2;
  } finally {
    store.finishRun(runId, status);
    store.close();
  }
  if (status === "stopped") throw new Stopped("command: it was asked to stop; the same sweep goes on", "SIGTERM");
}

interface Place {
  readonly runId: string;
  readonly folder: string;
  readonly out: string;
  readonly groupFile: string;
}

export const external = defineCommand({
  name: "external",
  summary: "run an external program as a stage of a sweep: what the stage `command` does",
  options,
  async run(o, { config, configHash }) {
    const place: Place = {
      runId: `${o.name}/round-0`,
      folder: roundFolder(o.root, o.name, 0),
      out: resolve(o.root, "out"),
      groupFile: join(o.root, "program.json"),
    };
    const lock = lockRun(place.folder);
    try {
      mkdirSync(place.out, { recursive: true });
      await endLeftover(place.groupFile);
      const attempt = attemptsOf(o, place.runId) + 1;
      const launch = launchOf(o, { out: place.out, threads: o.threads, attempt });
      const store = begin(o, launch.argv, place.runId, { ...config }, configHash);
      await closing(store, place.runId, async () => {
        const ended = await attemptAt(o, place, attempt, store, launch);
        if (ended === "done") addCheckpoints(store, place);
        return ended;
      });
    } finally {
      lock.release();
    }
  },
});
