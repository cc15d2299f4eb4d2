/**
 * @file What the server takes for its answers on a store: the figures of docs/dashboard are made by this.
 *
 * Each question is asked of the application itself, without a socket: first with nothing kept, then again as a second
 * viewer would, then after another process has written what a training run writes each second. On a machine that others
 * use the CPU time is the steadier figure; both are given.
 */

import { userError } from "@sdtt/core/base";
import { median } from "@sdtt/core/statistics";
import { openStore } from "@sdtt/core/store";
import type { Hono } from "hono";
import { openStores, type Stores } from "../read/stores/stores.js";
import { createApp } from "../server/app.js";
import type { WebFiles } from "../server/webFiles.js";

export interface Figure {
  readonly what: string;
  /** Medians over the trials. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** For the next viewer of the same answer. */
  readonly againMs: number;
  /** CPU time of the first answer after a live update. */
  readonly updatedMs: number;
  readonly sizeBytes: number;
}

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly sizeBytes: number;
}

const noFiles: WebFiles = new Map();

async function cost(work: () => Promise<number>): Promise<Cost> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const sizeBytes = await work();
  const used = process.cpuUsage(cpu);
  return { wallMs: performance.now() - started, cpuMs: (used.user + used.system) / 1000, sizeBytes };
}

async function ask(app: Hono, path: string): Promise<number> {
  const response = await app.request(`http://localhost${path}`);
  const size = (await response.arrayBuffer()).byteLength;
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return size;
}

/** As a training run does each second: a point, and a sign of life. */
function train(path: string, runId: string): void {
  const store = openStore(path);
  const update = (store.progress().find((progress) => progress.runId === runId)?.update ?? 0) + 1;
  const point = { update, loss: 1, learningRate: 1e-3, gradNorm: 1, tokens: 2048 * update, wallMs: 500 };
  store.addTrainPoints(runId, [point]);
  store.heartbeat(runId);
  store.close();
}

const figureOf = (what: string, first: readonly Cost[], again: readonly Cost[], updated: readonly Cost[]): Figure => ({
  what,
  wallMs: median(first.map(({ wallMs }) => wallMs)),
  cpuMs: median(first.map(({ cpuMs }) => cpuMs)),
  againMs: median(again.map(({ wallMs }) => wallMs)),
  updatedMs: median(updated.map(({ cpuMs }) => cpuMs)),
  sizeBytes: first[0]?.sizeBytes ?? 0,
});

const warmups = 4;

/**
 * Stores and application are fresh for each trial, so that nothing is kept from the one before; the first ones, in
 * which Node still compiles what is asked, are not counted.
 */
async function fresh<T>(path: string, work: (app: Hono, stores: Stores) => Promise<T>): Promise<T> {
  const stores = openStores([path]);
  try {
    stores.version();
    return await work(createApp(stores, noFiles), stores);
  } finally {
    stores.close();
  }
}

async function measureOne(path: string, training: string, what: string, url: string, trials: number): Promise<Figure> {
  const [first, again, updated]: [Cost[], Cost[], Cost[]] = [[], [], []];
  for (let i = 0; i < warmups + trials; i++) {
    await fresh(path, async (app, stores) => {
      first.push(await cost(() => ask(app, url)));
      again.push(await cost(() => ask(app, url)));
      train(path, training);
      stores.version();
      updated.push(await cost(() => ask(app, url)));
    });
  }
  return figureOf(what, first.slice(warmups), again.slice(warmups), updated.slice(warmups));
}

/** Fifty viewers of home at once, each with a request of its own: before and after a live update. */
async function measureFifty(path: string, training: string, trials: number): Promise<Figure> {
  const [first, again, updated]: [Cost[], Cost[], Cost[]] = [[], [], []];
  const fifty = (app: Hono) => async () => {
    const sizes = await Promise.all(Array.from({ length: 50 }, () => ask(app, "/api/home")));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  for (let i = 0; i < warmups + trials; i++) {
    await fresh(path, async (app) => {
      first.push(await cost(fifty(app)));
      again.push(await cost(fifty(app)));
      train(path, training);
      updated.push(await cost(fifty(app)));
    });
  }
  return figureOf("50 viewers of home at once", first.slice(warmups), again.slice(warmups), updated.slice(warmups));
}

/** Says each row of the table as soon as it is known. Throws UserError for a store without two training runs. */
export async function measureServer(path: string, trials: number, say: (text: string) => void): Promise<void> {
  const stores = openStores([path]);
  const training = stores.reader.runs({ stage: "round" }).map(({ id }) => id);
  stores.close();
  const [newest, second] = [training.at(-1), training.at(-2)];
  if (newest === undefined || second === undefined) {
    throw userError("measure", "the store must have two training runs", path, "Make one with dashboard:generate.");
  }
  const run = (id: string) => `run=${encodeURIComponent(id)}`;
  const questions: readonly (readonly [string, string])[] = [
    ["home, new in a week", "/api/home"],
    ["home, all that there is", "/api/home?since=2000-01-01"],
    ["curve", "/api/curve"],
    ["curve, a line per config key", "/api/curve?by=lr"],
    ["samplers", "/api/samplers"],
    ["leaderboard, the newest eight experiments", "/api/leaderboard"],
    ["any against any", "/api/leaderboard?columns=lr,gen-ppl@8"],
    ["runs, the newest hundred", "/api/runs?limit=100"],
    ["a training curve", `/api/train?${run(newest)}`],
    ["six training curves", `/api/train?${training.slice(-6).map(run).join("&")}`],
    ["one run", `/api/run?id=${encodeURIComponent(newest)}`],
    ["two runs compared", `/api/compare?${run(newest)}&${run(second)}`],
    ["sweep", "/api/sweep"],
  ];
  say(tableHead(["question", "ms", "CPU ms", "ms for the next viewer", "CPU ms after a live update", "bytes"]));
  const tell = ({ what, wallMs, cpuMs, againMs, updatedMs, sizeBytes }: Figure) =>
    say(tableLine([what, ...[wallMs, cpuMs, againMs, updatedMs].map((ms) => ms.toFixed(1)), sizeBytes]));
  for (const [what, url] of questions) tell(await measureOne(path, newest, what, url, trials));
  tell(await measureFifty(path, newest, trials));
}

export const tableLine = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |\n`;

export const tableHead = (head: readonly string[]): string =>
  tableLine(head) + tableLine(["---", ...head.slice(1).map(() => "---:")]);
