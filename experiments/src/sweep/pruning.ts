/**
 * @file Early stopping: which cells are hopeless after a round, by their result's figure at that round.
 *
 * The median rule ends a cell that is worse than the median of those that came as far (Vizier's rule, Golovin et al.
 * 2017, §3.2.1, with the figure itself for the running average). Successive halving (Jamieson and Talwalkar 2016) waits
 * for all cells of a rung and keeps the best share. What is ended is recorded as pruned, with both figures. Raw gen-PPL
 * ranks only where a study says so (`stopping.raw`): of log-MSE it would keep what is merely sharper.
 */
import { median, metricKind } from "@sdtt/core/statistics";
import type { FrozenCell, Manifest } from "../cells/frozen.js";
import { resultOf } from "../stage/results.js";
import type { StatusReader } from "../stage/status.js";
import { verdictOf, writeVerdict } from "./verdicts.js";

interface Standing {
  readonly cell: FrozenCell;
  /** Undefined until the cell has been evaluated at the rung. */
  readonly value: number | undefined;
}

export interface Decision {
  readonly key: string;
  readonly reason: string;
}

/** A figure that is no number is worse than any. */
const ranked = (value: number, lower: boolean): number =>
  Number.isNaN(value) ? Number.POSITIVE_INFINITY : lower ? value : -value;

/** Cells to end by the median rule, out of those that came to the rung. */
export function medianRule(standings: readonly Standing[], round: number, atLeast: number, lower: boolean): Decision[] {
  const known = standings.filter((one): one is Standing & { value: number } => one.value !== undefined);
  if (known.length < atLeast) return [];
  const middle = median(known.map(({ value }) => ranked(value, lower)));
  const worse = known.filter(({ value }) => ranked(value, lower) > middle);
  const shown = lower ? middle : -middle;
  return worse.map(({ cell, value }) => {
    const reason = `after round ${round}: ${value.toPrecision(4)}, median ${shown.toPrecision(4)} of ${known.length}`;
    return { key: cell.key, reason };
  });
}

/** Cells to end by successive halving; undefined until all came to the rung. */
export function halvingRule(standings: readonly Standing[], round: number, keep: number, lower: boolean) {
  if (standings.some(({ value }) => value === undefined)) return undefined;
  const order = standings.map(({ cell, value }) => ({ cell, value: value as number }));
  order.sort((a, b) => ranked(a.value, lower) - ranked(b.value, lower) || (a.cell.key < b.cell.key ? -1 : 1));
  const kept = Math.max(1, Math.ceil(keep * order.length));
  return order.slice(kept).map(({ cell, value }, i): Decision => {
    const place = `place ${kept + i + 1} of ${order.length}, ${kept} go on`;
    return { key: cell.key, reason: `after round ${round}: ${value.toPrecision(4)}, ${place}` };
  });
}

/** The rules as a definition names them: undefined while a rung is not full. */
function decide(
  { stopping, result }: Manifest["definition"],
  standings: readonly Standing[],
  round: number,
): Decision[] | undefined {
  if (!stopping) return [];
  const lower = metricKind(result.metric).better !== "higher";
  if (stopping.rule === "median") return medianRule(standings, round, stopping.atLeast, lower);
  return halvingRule(standings, round, stopping.keep, lower);
}

/**
 * Ends what is hopeless by the files as they are now, and gives the stages that must wait for a rung to be full.
 *
 * Holds   a cell whose next round has begun, or that has none, is not ended
 */
export function pruneHopeless(
  root: string,
  { definition, cells, stages }: Manifest,
  { read }: StatusReader,
): Set<string> {
  const { stopping, result, name } = definition;
  const held = new Set<string>();
  if (!stopping) return held;
  const rounds = new Map(stages.map(({ key, round }) => [key, round]));
  const later = (cell: FrozenCell, round: number) => cell.stages.filter((key) => (rounds.get(key) ?? 0) > round);
  const out = (cell: FrozenCell) => cell.stages.some((key) => read(key).state === "failed");
  let alive = cells.filter((cell) => !out(cell) && verdictOf(root, name, cell.key)?.state !== "cancelled");
  for (const round of [...stopping.after].sort((a, b) => a - b)) {
    const here = alive.filter((cell) => cell.byRound[round] !== undefined);
    const standings = here.map((cell) => ({ cell, value: resultOf(root, cell, result, cell.byRound[round])?.value }));
    const decisions = decide(definition, standings, round);
    for (const { key, reason } of decisions ?? []) {
      const next = later(here.find((cell) => cell.key === key) as FrozenCell, round);
      const begun = next.some((stage) => read(stage).state !== "pending");
      if (next.length === 0 || begun || verdictOf(root, name, key)) continue;
      writeVerdict(root, name, key, "pruned", reason);
    }
    if (decisions === undefined) {
      for (const cell of here) for (const key of later(cell, round)) held.add(key);
      break;
    }
    alive = here.filter((cell) => !verdictOf(root, name, cell.key));
  }
  return held;
}
