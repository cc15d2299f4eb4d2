/**
 * @file What the server takes for its answers on a store: the figures of docs/dashboard are made by this.
 *
 * Each question is asked of the application itself, without a socket, first with nothing kept and then again as a
 * second viewer would. On a machine that others use the CPU time is the steadier figure; both are given.
 */
import { openStore } from "@sdtt/core/store";
import type { Hono } from "hono";
import { createApp } from "../server/app.js";
import type { WebFiles } from "../server/webFiles.js";
import { openStores } from "../stores/stores.js";

export interface Figure {
  readonly what: string;
  /** Medians over the trials. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** For the next viewer of the same answer. */
  readonly againMs: number;
  readonly sizeBytes: number;
}

const noFiles: WebFiles = new Map();
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const cpuMs = (since: NodeJS.CpuUsage) => (process.cpuUsage(since).user + process.cpuUsage(since).system) / 1000;

async function ask(app: Hono, path: string): Promise<{ wallMs: number; cpu: number; size: number }> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const response = await app.request(`http://localhost${path}`);
  const size = (await response.arrayBuffer()).byteLength;
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return { wallMs: performance.now() - started, cpu: cpuMs(cpu), size };
}

/** A fresh application for each trial keeps no answer from the one before. */
async function measureOne(path: string, what: string, url: string, trials: number): Promise<Figure> {
  const stores = openStores([path]);
  stores.version();
  const first: { wallMs: number; cpu: number; size: number }[] = [];
  const again: number[] = [];
  for (let i = 0; i < trials; i++) {
    const app = createApp(stores, noFiles);
    first.push(await ask(app, url));
    again.push((await ask(app, url)).wallMs);
  }
  stores.close();
  const sizeBytes = first[0]?.size ?? 0;
  const [wall, cpu] = [first.map(({ wallMs }) => wallMs), first.map((one) => one.cpu)];
  return { what, wallMs: median(wall), cpuMs: median(cpu), againMs: median(again), sizeBytes };
}

/** What noticing one change costs, and 50 viewers asking for the same view after it. Writes one note a trial. */
async function measureLive(path: string, trials: number): Promise<Figure[]> {
  const stores = openStores([path]);
  const app = createApp(stores, noFiles);
  const experiment = stores.reader.experiments()[0]?.name ?? "measure";
  const noticed: number[] = [];
  const fifty: { wallMs: number; cpu: number }[] = [];
  for (let i = 0; i < trials; i++) {
    const store = openStore(path);
    store.addNote({ experiment, author: "measure", text: `trial ${i} of a measurement` });
    store.close();
    const started = performance.now();
    stores.version();
    noticed.push(performance.now() - started);
    const [asked, cpu] = [performance.now(), process.cpuUsage()];
    await Promise.all(Array.from({ length: 50 }, () => ask(app, "/api/home")));
    fifty.push({ wallMs: performance.now() - asked, cpu: cpuMs(cpu) });
  }
  stores.close();
  const once = median(noticed);
  const figure = { againMs: Number.NaN, sizeBytes: 0 };
  return [
    { what: "noticing a change", wallMs: once, cpuMs: once, ...figure },
    {
      what: "50 viewers asking for home after it",
      wallMs: median(fifty.map(({ wallMs }) => wallMs)),
      cpuMs: median(fifty.map((one) => one.cpu)),
      ...figure,
    },
  ];
}

/** All figures of a store with at least one experiment and one training run. */
export async function measureServer(path: string, trials = 5): Promise<Figure[]> {
  const stores = openStores([path]);
  const training = stores.reader.runs({ stage: "round" });
  stores.close();
  const run = (i: number) => `run=${encodeURIComponent(training[i % Math.max(1, training.length)]?.id ?? "")}`;
  const questions: readonly (readonly [string, string])[] = [
    ["home, new in a week", "/api/home"],
    ["home, all that there is", "/api/home?since=2000-01-01"],
    ["curve", "/api/curve"],
    ["curve, a line per config key", "/api/curve?by=lr"],
    ["runs, the newest hundred", "/api/runs?limit=100"],
    ["a training curve", `/api/train?${run(0)}`],
    ["six training curves", `/api/train?${[1, 2, 3, 4, 5, 6].map(run).join("&")}`],
    ["one run", `/api/run?id=${encodeURIComponent(training[0]?.id ?? "")}`],
    ["two runs compared", `/api/compare?${run(0)}&${run(1)}`],
    ["sweep", "/api/sweep"],
  ];
  const figures: Figure[] = [];
  for (const [what, url] of questions) figures.push(await measureOne(path, what, url, trials));
  return [...figures, ...(await measureLive(path, trials))];
}
