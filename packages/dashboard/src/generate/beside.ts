/**
 * @file What viewers and players of the page cost a training that runs beside them: the page is served in a process of its own, as
 * `serve` does, and for some seconds in turns nobody looks, or all do. The training's own clock says how long its updates took.
 *
 * Who looks is played by this process, which the command gives the lowest priority: browsers are elsewhere.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { userError } from "@sdtt/core/base";
import { type Interval, mean, tInterval } from "@sdtt/core/statistics";
import { openStore, type Store } from "@sdtt/core/store";
import type { Session } from "../server/app.js";
import { tableHead, tableLine } from "./measure.js";

export interface Crowd {
  /** Each has home open, and asks for it again whenever the page is told of a change. */
  readonly viewers: number;
  /** Each draws 64 steps of the last round that ships, then reads for some seconds. */
  readonly players: number;
}

export interface Turns {
  readonly turns: number;
  readonly seconds: number;
}

const readingMs = 2500;
const settleMs = 500;

/** The server of a user's, by its own command. */
async function served(path: string): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
  const started = spawn(process.execPath, [cli, "serve", `--store=${path}`, "--port=0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: started.stdout })) {
    if (line.startsWith("http")) return { url: line.replace(/\/$/, ""), process: started };
  }
  throw new Error("serve ended before it said its address");
}

/** What the crowd was given. */
export interface Given {
  answers: number;
  samples: number;
}

async function view(url: string, given: Given, signal: AbortSignal): Promise<void> {
  const ask = async () => {
    await (await fetch(`${url}/api/home`, { signal })).arrayBuffer();
    given.answers++;
  };
  const live = await fetch(`${url}/api/live`, { signal });
  await ask();
  for await (const part of live.body as ReadableStream<Uint8Array>) {
    if (Buffer.from(part).includes("event: change")) await ask();
  }
}

async function play(
  url: string,
  { writeKey }: Session,
  seed: number,
  given: Given,
  signal: AbortSignal,
): Promise<void> {
  const headers = { "content-type": "application/json", "x-sdtt-key": writeKey, origin: url };
  for (let i = 0; ; i++) {
    const body = JSON.stringify({ model: "shipped round 5", steps: 64, seed: 1000 * seed + i });
    const answer = await fetch(`${url}/api/play`, { method: "POST", headers, body, signal });
    const text = await answer.text();
    // Who presses too often is told to wait, which is no failure.
    if (!answer.ok && answer.status !== 429) throw new Error(`/api/play: ${answer.status} ${text}`);
    if (answer.ok) given.samples++;
    await wait(readingMs, undefined, { signal });
  }
}

/** Runs until `signal`; rejects where one of them isn't answered. */
async function gather(url: string, { viewers, players }: Crowd, given: Given, signal: AbortSignal): Promise<void> {
  const session = (await (await fetch(`${url}/api/session`)).json()) as Session;
  const all = [
    ...Array.from({ length: viewers }, () => view(url, given, signal)),
    ...Array.from({ length: players }, (_, k) => play(url, session, k, given, signal)),
  ];
  await Promise.all(all).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

/** Milliseconds of each update that ended in these seconds. */
async function updatesIn(store: Store, runId: string, seconds: number): Promise<number[]> {
  const last = () => store.progress().find((progress) => progress.runId === runId)?.update ?? 0;
  const from = last();
  await wait(1000 * seconds);
  const to = last();
  const points = store.trainPoints(runId).filter(({ update }) => update > from && update <= to);
  if (points.length < 2) {
    const rule = `a run must train while this is measured, two updates or more in ${seconds} s`;
    throw userError("measure", rule, `${points.length} of ${runId}`, "Start npx sdtt round with that store.");
  }
  return points.flatMap(({ wallMs }) => wallMs ?? []);
}

/** Says the mean update of each turn, then by how much a crowd makes updates longer, with a t-interval over pairs of turns. */
export async function measureBeside(
  path: string,
  crowd: Crowd,
  { turns, seconds }: Turns,
  say: (text: string) => void,
): Promise<{ readonly slower: Interval; readonly given: Given }> {
  const store = openStore(path, { readonly: true });
  const run = store.runs({ stage: "round" }).at(-1);
  if (run === undefined) throw userError("measure", "a round must run into the store", path, "Start npx sdtt round.");
  const { url, process: server } = await served(path);
  const slower: number[] = [];
  const given: Given = { answers: 0, samples: 0 };
  try {
    say(tableHead(["turn", "ms an update, alone", `with ${crowd.viewers} viewers, ${crowd.players} players`]));
    for (let turn = 1; turn <= turns; turn++) {
      const alone = mean(await updatesIn(store, run.id, seconds));
      const leaving = new AbortController();
      const crowded = gather(url, crowd, given, leaving.signal);
      const settled = wait(settleMs).then(() => updatesIn(store, run.id, seconds));
      const beside = mean((await Promise.race([settled, crowded.then(() => settled)])) as number[]);
      leaving.abort();
      await crowded;
      await wait(settleMs);
      slower.push(100 * (beside / alone - 1));
      say(tableLine([turn, alone.toFixed(1), beside.toFixed(1)]));
    }
  } finally {
    store.close();
    server.kill("SIGINT");
    await once(server, "exit");
  }
  return { slower: tInterval(slower), given };
}
