/**
 * @file `sweep`: freezes a definition's cells and runs what of them is missing, here or on Slurm.
 */
import { resolve } from "node:path";
import { availableThreads, duration, type Message, notify, stopCode, userError } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
import { z } from "zod";
import type { FrozenStage, Manifest } from "../cells/frozen.js";
import { freeze, submit } from "../cells/manifest.js";
import { type LocalOptions, runLocally } from "../launchers/local.js";
import { activeJob, runOnSlurm } from "../launchers/slurm/jobs.js";
import { slurmFlags, slurmOptionsOf } from "../launchers/slurm/options.js";
import { programs } from "../programs.js";
import { loadSpec } from "../spec/load.js";
import { checkPrograms } from "../stage/command.js";
import { statusReader } from "../stage/status.js";
import { type CellStatus, cellStatuses } from "../sweep/cellStatus.js";
import { collect } from "../sweep/collect.js";
import { expectedTime, timeText } from "../sweep/expected.js";
import { checkFits, threadsFor, usableMemoryMiB } from "../sweep/resources.js";
import { type SweepStop, stopOnSignals } from "../sweep/stopping.js";
import { countsOf, resultTable } from "../sweep/summary.js";
import { order, root, rootFlag, say, size, spec, threads } from "./shared.js";

const options = z.object({
  spec,
  root,
  size,
  launcher: z.enum(["local", "slurm"]).default("local").describe("where stages run"),
  threads,
  order,
  workers: z.int().positive().optional().describe("stages at once, at most; default: as many as threads allow"),
  memory: z.number().positive().optional().describe("MiB that stages may use together; default: 80 % of what is free"),
  ...slurmFlags,
});

type Options = z.output<typeof options>;

function localOptions(o: Options, hash: string, manifest: Manifest, stop: SweepStop): LocalOptions {
  const threads = threadsFor(o.threads, manifest.definition);
  const workers = o.workers ?? Math.max(1, Math.floor(availableThreads() / threads));
  const memoryMiB = o.memory ?? usableMemoryMiB();
  const onChange: LocalOptions["onChange"] = (running, ended) => {
    if (!ended) return;
    const also = running.length > 0 ? `; running: ${running.map(nameOf).join(", ")}` : "";
    process.stderr.write(`${nameOf(ended.stage)}: ${ended.outcome}${also}\n`);
  };
  return { root: resolve(o.root), hash, manifest, stop, threads, workers, memoryMiB, order: o.order, onChange };
}

const nameOf = ({ kind, key, round }: FrozenStage): string =>
  `${kind}${kind === "pretrain" ? "" : ` ${round}`} ${key.slice(0, 8)}`;

/** Asks for a stop once the definition's hours are over. */
function stopAfter(hours: number | undefined, stop: SweepStop): () => void {
  if (hours === undefined) return () => {};
  const timer = setTimeout(() => stop.ask(`limits.hours (${hours}) are over`), 3_600_000 * hours);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Runs what is missing here; gives the signal that stopped it, if one did. */
async function runLocal(o: Options, hash: string, manifest: Manifest): Promise<NodeJS.Signals | undefined> {
  const stop = stopOnSignals();
  const local = localOptions(o, hash, manifest, stop);
  const cancelLimit = stopAfter(manifest.definition.limits.hours, stop);
  const time = expectedTime(statusReader(local.root), manifest.stages, local.threads);
  process.stderr.write(`${timeText(time, local.workers)}, ${local.threads} threads each\n`);
  try {
    await runLocally(local);
  } finally {
    cancelLimit();
    stop.release();
    collect(local.root, hash, manifest, manifest.stages);
  }
  return stop.signal();
}

/** What is told when a sweep ended: how its cells stand, and why the first of those failed that did. */
export function endOf(name: string, statuses: readonly CellStatus[]): Message {
  const failed = statuses.filter(({ state }) => state === "failed");
  const [first] = failed;
  const why = first ? `; ${first.cell.label}: ${first.note}` : "";
  const text = `Sweep ${name} ended: ${countsOf(statuses)}${why}`;
  return { text, kind: "sweep", experiment: name, status: failed.length > 0 ? "failed" : "done" };
}

export const sweepCommand = defineCommand({
  name: "sweep",
  summary: "freeze the cells of a definition and run what is missing; again, it goes on",
  options,
  async run(o) {
    const loaded = await loadSpec(o.spec, o);
    const frozen = freeze(o.spec, loaded, undefined, o.root);
    const { hash, manifest } = frozen;
    const { definition } = manifest;
    checkPrograms(programs);
    const local = o.launcher === "local";
    if (!local && o.order === "informative") {
      const remedy = "Leave it out, or use --launcher=local.";
      throw userError("sweep", "on Slurm the queue decides which cells come first", "--order=informative", remedy);
    }
    if (local) {
      const threads = threadsFor(o.threads, definition);
      checkFits(manifest, { threads, memoryMiB: o.memory ?? usableMemoryMiB() });
    } else if (definition.stopping?.rule === "halving") {
      const remedy = "Use the median rule, or --launcher=local.";
      throw userError("sweep", "on Slurm cells must not wait for each other", "stopping by halving", remedy);
    }
    const slurm = local ? undefined : await slurmOptionsOf(o, hash, manifest);
    // Refuses other cells before anything is written.
    if (slurm) await activeJob(slurm.root, manifest);
    submit(o.root, frozen);
    process.stderr.write(`${definition.name}: ${manifest.cells.length} cells, manifest ${hash}\n`);
    const started = performance.now();
    const stoppedBy = slurm ? void (await runOnSlurm(slurm)) : await runLocal(o, hash, manifest);
    const statuses = cellStatuses(o.root, manifest);
    say(`\n${definition.question}\n\n${resultTable(o.root, manifest, statuses)}`);
    say(`\n${countsOf(statuses)}; ${duration(performance.now() - started)} in this run`);
    const failed = statuses.filter(({ state }) => state === "failed");
    for (const { cell, note } of failed) process.stderr.write(`failed: ${cell.label}: ${note}\n`);
    if (!stoppedBy) await notify(endOf(definition.name, statuses));
    if (stoppedBy) process.exitCode = stopCode(stoppedBy);
    if (failed.length === 0) return;
    process.stderr.write(
      `once that is mended: npx nx run experiments:retry --sweep=${definition.name}${rootFlag(o.root)}\n`,
    );
    process.exitCode = 1;
  },
});
