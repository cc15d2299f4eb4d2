/**
 * @file How a runner is asked to stop: once, after the current update; again, at once.
 */
import type { StopSignals } from "../stage/limits.js";

/** npm and nx pass one Ctrl-C on two or three times within a moment: those count as one. */
const oneRequestMs = 3000;

export interface StopRequests extends StopSignals {
  /** The first signal that asked, where one did: the exit code of what is stopped tells of it. */
  signal(): NodeJS.Signals | undefined;
  /** Asks as a signal would, and says why. */
  ask(reason: string): void;
  release(): void;
}

export function stopOnSignals(signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"]): StopRequests {
  const soft = new AbortController();
  const hard = new AbortController();
  let asked = Number.NEGATIVE_INFINITY;
  let first: NodeJS.Signals | undefined;
  const ask = (reason: string) => {
    if (soft.signal.aborted && performance.now() - asked > oneRequestMs) {
      process.stderr.write(`\n${reason} again: ending all stages now\n`);
      hard.abort();
      return;
    }
    if (soft.signal.aborted) return;
    asked = performance.now();
    process.stderr.write(
      `\n${reason}: stages stop after their current update; once more in a few seconds ends them now\n`,
    );
    soft.abort();
  };
  const handler = (signal: NodeJS.Signals) => {
    first ??= signal;
    ask(signal);
  };
  for (const signal of signals) process.on(signal, handler);
  return {
    soft: soft.signal,
    hard: hard.signal,
    ask,
    signal: () => first,
    release() {
      for (const signal of signals) process.off(signal, handler);
    },
  };
}
