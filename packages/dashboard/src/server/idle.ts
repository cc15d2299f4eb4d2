/**
 * @file A process beside which training goes on as before: of a core that a training wants it gets a twenty-fifth.
 *
 * On Linux, where cores are shared out by session first (autogroup), a niceness holds within its session alone; so the process has a
 * session of its own, and the weight is that of both.
 */
import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/** Of `spawn` and `fork`: a session of its own, which `giveWay` may then weigh without weighing this process's. */
export const ownSession = { detached: true } as const;

/** Its weight in Linux's scheduler is 45, where that of others is 1024. */
const niceness = 14;

/** @param pid of a process that was started with `ownSession` */
export function giveWay(pid: number): void {
  setPriority(pid, niceness);
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // No such scheduler.
  }
}
