/**
 * @file The process that samples for the playground: one, of the lowest priority, on one thread, so that no training is slowed.
 *
 * It begins when somebody looks at the playground, with the models that ship, so that it is there when they press, and ends when nothing was
 * asked for a while. What it takes for that is a second, once; from then on it gives way, and rests after each step for as long as
 * the step took: cores that share a cache or a clock slow each other whatever their priorities. A sample that nobody reads any more is stopped
 * between two steps; one that takes too long ends with the process.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { assetPath, assetsFolder, roundAssets } from "@sdtt/core/workspace";
import { giveWay, ownSession } from "../idle.js";

/** A line of the worker's, as `core play` writes it. */
export interface PlayLine {
  readonly id: string;
  readonly event: "start" | "step" | "end" | "error";
}

export interface PlayRequest {
  readonly checkpoint: string;
  readonly text: string;
  readonly tokens?: number | undefined;
  readonly steps: number;
  readonly sampler: string;
  readonly temperature: number;
  readonly seed: number;
}

export interface PlayWorker {
  /** Tells each line to `hear` until the last one; `stop` ends it early. */
  /** Begins the process, for who will play soon. */
  prepare(): void;
  play(request: PlayRequest, hear: (line: PlayLine) => void): { readonly stop: () => void };
  /** Samples that are asked for and not finished. */
  readonly waiting: number;
  readonly pid: number | undefined;
  close(): void;
}

export interface WorkerLimits {
  /** Of one sample, from its turn on. */
  readonly sampleMs: number;
  readonly idleMs: number;
}

/** What one is likely to play with. */
const likely = (): string[] => [
  assetPath("teacher"),
  ...roundAssets()
    .slice(-1)
    .map(({ path }) => path),
];

/** `core play` of the core that is installed beside. */
export const playCommand = join(assetsFolder, "../dist/cli.js");

interface Playing {
  readonly hear: (line: PlayLine) => void;
  timer?: NodeJS.Timeout;
}

export function playWorker({ sampleMs, idleMs }: WorkerLimits = { sampleMs: 60_000, idleMs: 300_000 }): PlayWorker {
  const playing = new Map<string, Playing>();
  let child: ChildProcessWithoutNullStreams | undefined;
  let idle: NodeJS.Timeout | undefined;
  let count = 0;

  const end = (id: string, last?: PlayLine) => {
    const found = playing.get(id);
    if (!found) return;
    clearTimeout(found.timer);
    playing.delete(id);
    if (last) found.hear(last);
    if (playing.size === 0) endWhenIdle();
    else begin();
  };
  const endWhenIdle = () => {
    clearTimeout(idle);
    idle = setTimeout(close, idleMs).unref();
  };
  const failAll = (message: string) => {
    for (const id of [...playing.keys()]) end(id, { id, event: "error", message } as PlayLine);
  };
  const close = () => {
    child?.kill("SIGKILL");
    child = undefined;
    clearTimeout(idle);
    failAll("the playground's process ended");
  };
  /** The first that waits is the one whose turn it is. */
  const begin = () => {
    const first = playing.values().next().value;
    if (first && !first.timer) first.timer = setTimeout(close, sampleMs).unref();
  };
  const heard = (text: string) => {
    const line = JSON.parse(text) as PlayLine | { readonly event: "ready" };
    if (line.event === "ready") {
      if (child?.pid) giveWay(child.pid);
      return;
    }
    if (line.event === "end" || line.event === "error") end(line.id, line);
    else playing.get(line.id)?.hear(line);
  };
  const started = (): ChildProcessWithoutNullStreams => {
    if (child) return child;
    const made = spawn(process.execPath, [playCommand, "play", "--threads=1", "--rest=1"], {
      stdio: "pipe",
      ...ownSession,
    });
    createInterface({ input: made.stdout }).on("line", heard);
    made.stderr.resume();
    made.stdin.on("error", () => {});
    made.on("exit", () => {
      if (child === made) close();
    });
    made.stdin.write(`${JSON.stringify({ open: likely() })}\n`);
    child = made;
    return made;
  };

  return {
    get waiting() {
      return playing.size;
    },
    get pid() {
      return child?.pid;
    },
    close,
    prepare: () => {
      started();
      if (playing.size === 0) endWhenIdle();
    },
    play: (request, hear) => {
      clearTimeout(idle);
      const id = String(++count);
      playing.set(id, { hear });
      begin();
      started().stdin.write(`${JSON.stringify({ id, ...request })}\n`);
      const stop = () => {
        if (!playing.has(id)) return;
        child?.stdin.write(`${JSON.stringify({ stop: id })}\n`);
        end(id);
      };
      return { stop };
    },
  };
}
