/**
 * @file A process beside which training goes on as before: it has the lowest priority, and of a core that a training wants a twenty-fifth at most.
 *
 * On Linux, where cores are shared out by session first (autogroup), a niceness holds within its session alone. So the process has a
 * session of its own, with a weight of its own.
 */
import { writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** Of `spawn` and `fork`: a session of its own, which `giveWay` may then weigh without weighing this process's. */
export const ownSession = { detached: true } as const;

/** Its weight in Linux's scheduler is 45, where that of others is 1024. */
const sessionNiceness = 14;

/** @param pid of a process that was started with `ownSession` */
export function giveWay(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
    writeFileSync(`/proc/${pid}/autogroup`, String(sessionNiceness));
  } catch {
    // It has ended, or there is no such scheduler.
  }
}
