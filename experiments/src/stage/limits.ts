/**
 * @file Ends a stage's process: because a stop was asked for, or because it is past the definition's limits.
 */

import { residentMiB } from "../files/processes.js";
import type { Definition } from "../spec/definition.js";
import { orphanGraceMs } from "./guard.js";

/** Aborted once: stop after the current update, with a checkpoint. Aborted hard: now. */
export interface StopSignals {
  readonly soft: AbortSignal;
  readonly hard: AbortSignal;
}

/** Why the runner ended a process by itself. */
export type Breach = "memory" | "timeout";

export interface Watch {
  /** Takes the watch off; what the process had done wrong, if anything. */
  end(): Breach | undefined;
}

/** Passes stops on, and ends a stage that is past its limits. */
export function watchOver(
  { limits }: Pick<Definition, "limits">,
  stop: StopSignals,
  { pid, kill }: { readonly pid: number; kill(signal: NodeJS.Signals): void },
): Watch {
  const { memoryMiB = Number.POSITIVE_INFINITY, timeoutMinutes } = limits;
  let cause: Breach | undefined;
  const soft = () => kill("SIGTERM");
  const hard = () => kill("SIGKILL");
  stop.soft.addEventListener("abort", soft);
  stop.hard.addEventListener("abort", hard);
  const memory = setInterval(() => {
    if (residentMiB(pid) <= memoryMiB) return;
    cause = "memory";
    hard();
  }, 500);
  const timers: NodeJS.Timeout[] = [];
  if (timeoutMinutes !== undefined) {
    const late = () => {
      cause ??= "timeout";
      soft();
      timers.push(setTimeout(hard, orphanGraceMs));
    };
    timers.push(setTimeout(late, 60_000 * timeoutMinutes));
  }
  return {
    end() {
      stop.soft.removeEventListener("abort", soft);
      stop.hard.removeEventListener("abort", hard);
      clearInterval(memory);
      for (const timer of timers) clearTimeout(timer);
      return cause;
    },
  };
}
