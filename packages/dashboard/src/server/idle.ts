/**
 * @file A process for which no training waits: it has of the cores what nobody else wants.
 *
 * On Linux a low niceness is not that. Beside a merely nice process a task that wakes may be put on the training's core, while a core on
 * which only idle tasks (SCHED_IDLE) run counts as free; and where cores are shared out by session (autogroup) a niceness holds within
 * its session alone.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** Of `spawn` and `fork`: a session of its own, which `giveWay` may then weigh without weighing this process's. */
export const ownSession = { detached: true } as const;

/**
 * Lowest niceness, idle policy, and the least weight for its session: each where the machine knows it, the others all the same.
 *
 * @param pid of a process that was started with `ownSession`
 */
export function giveWay(pid: number): void {
  setPriority(pid, constants.priority.PRIORITY_LOW);
  // Of util-linux; where it is missing or may not, niceness is what there is.
  execFile("chrt", ["--all-tasks", "--idle", "--pid", "0", String(pid)], () => {});
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(constants.priority.PRIORITY_LOW));
  } catch {
    // No such scheduler.
  }
}
