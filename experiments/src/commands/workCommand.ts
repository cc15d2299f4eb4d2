/**
 * @file `work`: one cell of a frozen manifest, as a task of Slurm's array runs it. Not for typing by hand.
 *
 * SIGUSR2 (before the time limit) saves, and queues the task again; SIGTERM saves and ends.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { stopCode, userError } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
import { z } from "zod";
import type { FrozenCell, Manifest } from "../cells/frozen.js";
import { readManifest } from "../cells/manifest.js";
import { drawInShards } from "../launchers/slurm/shards.js";
import { requeueSelf } from "../launchers/slurm/tools.js";
import { executeStage, type Outcome, remainingMs, type StageJob } from "../stage/execute.js";
import { readStatus, statusReader } from "../stage/status.js";
import { pruneHopeless } from "../sweep/pruning.js";
import { stopOnSignals } from "../sweep/stopping.js";
import { verdictOf } from "../sweep/verdicts.js";
import { root, say } from "./shared.js";

const options = z.object({
  sweep: z.string().describe("name of the sweep"),
  manifest: z.string().describe("hash of its manifest"),
  index: z.int().nonnegative().describe("the cell's place in it"),
  threads: z.int().positive().default(1).describe("threads of a stage"),
  root,
});

/** Runs one stage until it is done or has failed, waiting while another task does it or a retry is due. */
async function finish(job: StageJob): Promise<Exclude<Outcome, "busy" | "waiting">> {
  for (;;) {
    const outcome = await executeStage(job);
    if (outcome !== "busy" && outcome !== "waiting") return outcome;
    if (job.stop.soft.aborted) return "stopped";
    const due = outcome === "busy" ? 1000 : remainingMs(readStatus(job.root, job.stage.key), job);
    await sleep(Math.max(100, due), undefined, { signal: job.stop.soft }).catch(() => {});
  }
}

/** The cell's stages one after another; ends early where one fails, a stop is asked for, or the cell is hopeless. */
async function workOn(job: Omit<StageJob, "stage" | "definition">, manifest: Manifest, cell: FrozenCell) {
  const byKey = new Map(manifest.stages.map((stage) => [stage.key, stage]));
  const { definition } = manifest;
  for (const key of cell.stages) {
    pruneHopeless(job.root, manifest, statusReader(job.root));
    const verdict = verdictOf(job.root, definition.name, cell.key);
    if (verdict) return verdict.state;
    const stage = byKey.get(key);
    if (!stage) throw new Error(`manifest names a stage ${key} that it lacks`);
    if (readStatus(job.root, key).state !== "done") await drawInShards({ ...job, stage, definition }, say);
    const outcome = await finish({ ...job, stage, definition });
    say(`${stage.kind} ${stage.round} ${key.slice(0, 8)}: ${outcome}`);
    if (outcome !== "done") return outcome;
  }
  return "done";
}

export const work = defineCommand({
  name: "work",
  summary: "run one cell of a frozen manifest: what a task of Slurm's array does",
  options,
  async run(o) {
    const manifest = readManifest(o.root, o.sweep, o.manifest);
    const cell = manifest.cells[o.index];
    if (!cell) {
      const rule = `the index must be below ${manifest.cells.length}`;
      throw userError("work", rule, `${o.index} (flag --index)`, "Submit the sweep again.");
    }
    let outOfTime = false;
    const stop = stopOnSignals(["SIGINT", "SIGTERM", "SIGUSR2"]);
    process.once("SIGUSR2", () => {
      outOfTime = true;
    });
    say(`cell ${o.index}: ${cell.label}`);
    const env = { SDTT_STORE_JOURNAL: "rollback" };
    const outcome = await workOn({ root: o.root, threads: o.threads, stop, env }, manifest, cell);
    stop.release();
    say(`cell ${o.index}: ${outcome}`);
    const isQueued = outcome === "stopped" && outOfTime && (await requeueSelf());
    if (isQueued) say("queued again");
    else if (outcome === "stopped") process.exitCode = stopCode(stop.signal() ?? "SIGTERM");
    if (outcome === "failed") process.exitCode = 1;
  },
});
