/**
 * @file How a runner is asked to stop: once, after the current update; again, at once.
 */
import { type StopRequests, stopRequests } from "@sdtt/core/base";
import type { StopSignals } from "../stage/limits.js";

export interface SweepStop extends StopSignals, Omit<StopRequests, "isAsked"> {}

export function stopOnSignals(signals?: readonly NodeJS.Signals[]): SweepStop {
  const soft = new AbortController();
  const hard = new AbortController();
  const requests = stopRequests(
    (reason) => {
      process.stderr.write(
        `\n${reason}: stages stop after their current update; once more in a few seconds ends them now\n`,
      );
      soft.abort();
    },
    (reason) => {
      process.stderr.write(`\n${reason} again: ending all stages now\n`);
      hard.abort();
    },
    signals,
  );
  return { ...requests, soft: soft.signal, hard: hard.signal };
}
