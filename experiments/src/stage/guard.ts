/**
 * @file What makes a stage end when the runner is gone, however that ended.
 *
 * The runner holds the other end of the stage's stdin. When it closes, the stage asks itself to stop (which saves a
 * checkpoint) and, where that takes too long, ends. It comes into the stage's process by --import, as text, so that it
 * works for any program and from any build. Rejected: prctl(PR_SET_PDEATHSIG), which Node does not offer.
 */

/** How long a stage may take to save and end once its runner is gone. */
export const orphanGraceMs = 60_000;

const source = `
import { isMainThread } from "node:worker_threads";
if (isMainThread) {
  const end = () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), ${orphanGraceMs}).unref();
  };
  process.stdin.once("end", end).on("error", () => {}).resume();
  process.stdin.unref?.();
}
`;

/** Flag for node that watches over the process's parent. */
export const guardFlag = `--import=data:text/javascript,${encodeURIComponent(source)}`;
