/**
 * @file Runs a sweep's stages on this machine: as many at once as threads and memory allow.
 *
 * Leases are taken stage by stage, so that a second runner on the same root helps instead of doing things twice.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FrozenStage, Manifest } from "../cells/frozen.js";
import { executeStage, type Outcome, remainingMs } from "../stage/execute.js";
import type { StopSignals } from "../stage/limits.js";
import { type StatusReader, statusReader } from "../stage/status.js";
import { cellStatuses } from "../sweep/cellStatus.js";
import { collect } from "../sweep/collect.js";
import { informativeOrder } from "../sweep/informative.js";
import { pruneHopeless } from "../sweep/pruning.js";
import { memoryOf } from "../sweep/resources.js";
import { verdictOf } from "../sweep/verdicts.js";

export interface LocalOptions {
  readonly root: string;
  readonly hash: string;
  readonly manifest: Manifest;
  readonly stop: StopSignals;
  /** Of one stage. */
  readonly threads: number;
  /** Stages at once, at most. */
  readonly workers: number;
  readonly memoryMiB: number;
  readonly order?: "definition" | "informative";
  onChange(running: readonly FrozenStage[], outcome?: { stage: FrozenStage; outcome: Outcome }): void;
}

/** Stages of cells that still go on, the shared and earlier ones first. */
function wantedStages(root: string, { definition, cells, stages }: Manifest, { read }: StatusReader): FrozenStage[] {
  const alive = cells.filter((cell) => !verdictOf(root, definition.name, cell.key));
  const healthy = alive.filter((cell) => !cell.stages.some((key) => read(key).state === "failed"));
  const keys = new Set(healthy.flatMap(({ stages: own }) => own));
  return stages.filter(({ key }) => keys.has(key) && read(key).state !== "done");
}

interface Running {
  readonly stage: FrozenStage;
  readonly ended: Promise<void>;
}

/** Stages by the cell that first needs them, cells as `informativeOrder` has them when the sweep begins. */
function byInformation(root: string, manifest: Manifest, statuses: StatusReader) {
  const done = new Set(
    cellStatuses(root, manifest, statuses).flatMap(({ cell, state }) => (state === "done" ? [cell] : [])),
  );
  const ordered = informativeOrder(manifest.cells, (cell) => done.has(cell));
  const keys = new Set(ordered.flatMap(({ cell }) => cell.stages));
  const ranks = new Map([...keys].map((key, rank) => [key, rank]));
  const rankOf = ({ key }: FrozenStage) => ranks.get(key) ?? -1;
  return (stages: readonly FrozenStage[]) => [...stages].sort((a, b) => rankOf(a) - rankOf(b));
}

/** Runs until nothing is left to do or a stop is asked for. */
export async function runLocally(options: LocalOptions): Promise<void> {
  const { root, manifest, stop } = options;
  const running = new Map<string, Running>();
  const busy = new Map<string, number>();
  const statuses = statusReader(root);
  const failures: unknown[] = [];
  const ordered = options.order === "informative" ? byInformation(root, manifest, statuses) : undefined;
  for (;;) {
    statuses.refresh();
    const going = !stop.soft.aborted && failures.length === 0;
    const held = going ? pruneHopeless(root, manifest, statuses) : new Set<string>();
    const wanted = going ? wantedStages(root, manifest, statuses) : [];
    const left = ordered ? ordered(wanted) : wanted;
    const now = [...running.values()].map(({ stage }) => stage);
    for (const stage of startable(options, left, now, { busy, held, statuses })) {
      const ended = runOne(options, stage, running, busy)
        .catch((error) => void failures.push(error))
        .finally(() => running.delete(stage.key));
      running.set(stage.key, { stage, ended });
    }
    if (running.size === 0 && left.every(({ key }) => held.has(key))) break;
    const woken = new AbortController();
    const ended = [...running.values()].map((one) => one.ended);
    await Promise.race([...ended, wake(options, left, statuses, woken.signal)]);
    woken.abort();
  }
  if (failures.length > 0) throw failures[0];
}

async function runOne(
  o: LocalOptions,
  stage: FrozenStage,
  running: ReadonlyMap<string, Running>,
  busy: Map<string, number>,
) {
  const { root, hash, manifest, stop, threads, onChange } = o;
  onChange([...running.values()].map((one) => one.stage));
  const outcome = await executeStage({ root, stage, definition: manifest.definition, threads, stop });
  if (outcome === "busy") busy.set(stage.key, performance.now() + 2000);
  if (outcome === "done") collect(root, hash, manifest, [stage]);
  const others = [...running.values()].map((one) => one.stage).filter(({ key }) => key !== stage.key);
  onChange(others, { stage, outcome });
}

interface Obstacles {
  readonly busy: ReadonlyMap<string, number>;
  readonly held: ReadonlySet<string>;
  readonly statuses: StatusReader;
}

/** Those that can begin now: all they need is done, nobody works on their run, and there is room. */
function startable(
  o: LocalOptions,
  left: readonly FrozenStage[],
  running: readonly FrozenStage[],
  obstacles: Obstacles,
) {
  const { busy, held, statuses } = obstacles;
  const memory = (stage: FrozenStage) => memoryOf(stage, o.manifest.definition);
  const chosen: FrozenStage[] = [];
  for (const stage of left) {
    const all = [...running, ...chosen];
    if (all.length >= o.workers) break;
    const used = all.reduce((sum, one) => sum + memory(one), 0);
    const free = !all.some(({ run }) => run === stage.run) && !held.has(stage.key);
    const rested =
      (busy.get(stage.key) ?? 0) < performance.now() && remainingMs(statuses.read(stage.key), o.manifest) <= 0;
    const fed = stage.needs.every((key) => statuses.read(key).state === "done");
    if (used + memory(stage) <= o.memoryMiB && free && rested && fed) chosen.push(stage);
  }
  return chosen;
}

/** Until the next retry is due, two seconds at most; at once when a stop is asked for. */
function wake(
  { manifest, stop }: LocalOptions,
  left: readonly FrozenStage[],
  { read }: StatusReader,
  woken: AbortSignal,
): Promise<void> {
  const waits = left.map(({ key }) => remainingMs(read(key), manifest)).filter((ms) => ms > 0);
  const ms = stop.soft.aborted ? 100 : Math.max(20, Math.min(2000, ...waits));
  const signal = stop.soft.aborted ? woken : AbortSignal.any([stop.soft, woken]);
  return sleep(ms, undefined, { signal }).catch(() => {});
}
