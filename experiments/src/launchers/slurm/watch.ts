/**
 * @file Watches a sweep's job: merges what is done, says how far it is and what Slurm waits for, and fails the cells of
 * tasks that are gone without a word.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type CellStatus, cellStatuses, isEnded } from "../../sweep/cellStatus.js";
import { collect } from "../../sweep/collect.js";
import type { Job } from "../../sweep/jobFile.js";
import { countsOf } from "../../sweep/summary.js";
import { failLost } from "./lost.js";
import type { SlurmOptions } from "./options.js";
import { type QueuedTask, queuedTasks, scancel } from "./tools.js";

/** Looks at the files after the last task has gone, as those of another host may be late to be seen. */
const looksAfterwards = 3;

/** What a task waits for in an ordinary queue: not worth a word. */
const usual = /^(None|Resources|Priority|JobArrayTaskLimit|BeginTime|Cleaning)$/;

/** Slurm has given up on a task that it could not start, and keeps it until somebody lets it go. */
const givenUp = /launch.?failed.?requeued.?held/i;

const plain = (reason: string): string => reason.replace(/^\((.*)\)$/, "$1");

/** What tasks wait for, where that is out of the ordinary. */
function waitingFor(tasks: readonly QueuedTask[]): string {
  const reasons = tasks.flatMap(({ state, reason }) =>
    state === "PD" && !usual.test(plain(reason)) ? [plain(reason)] : [],
  );
  const counts = [...new Set(reasons)].map((one) => `${reasons.filter((other) => other === one).length} for ${one}`);
  return counts.length > 0 ? `; waiting: ${counts.join(", ")}` : "";
}

/** Until no task is left, every cell has come to an end, or a stop is asked for. */
export async function watch(o: SlurmOptions, { job, indices }: Job, stop: AbortSignal): Promise<void> {
  const { root, manifest, hash, poll } = o;
  const mine = new Set(indices ?? manifest.cells.map((_, index) => index));
  let said = "";
  for (let quiet = 0; ; ) {
    const tasks = await queuedTasks(job);
    quiet = tasks?.length === 0 ? quiet + 1 : 0;
    if (tasks) await letGo(o, job, tasks);
    if (quiet === looksAfterwards) await failLost(o, job, mine);
    const statuses = cellStatuses(root, manifest);
    collect(
      root,
      hash,
      manifest,
      manifest.stages.filter((stage) => isSettled(statuses, stage.key)),
    );
    const silent = tasks === undefined ? " (Slurm does not answer; looking at files)" : waitingFor(tasks);
    const now = `${countsOf(statuses)}${silent}`;
    if (now !== said) process.stderr.write(`${now}\n`);
    said = now;
    if (stop.aborted || statuses.every(isEnded) || quiet === looksAfterwards) return;
    await sleep(1000 * poll, undefined, { signal: stop }).catch(() => {});
  }
}

/** Fails the cells of tasks that Slurm has given up on, and takes them out of its queue. */
async function letGo(o: SlurmOptions, job: string, tasks: readonly QueuedTask[]): Promise<void> {
  const indices = tasks.filter(({ reason }) => givenUp.test(reason)).map(({ index }) => index);
  if (indices.length === 0) return;
  await failLost(o, job, new Set(indices));
  await scancel(job, indices);
}

/** Whether a stage's store can be merged for good: its cell has come to an end. */
const isSettled = (statuses: readonly CellStatus[], key: string): boolean =>
  statuses.some((status) => isEnded(status) && status.cell.stages.includes(key));
