/**
 * @file What the system says of processes: when one began, how much memory it holds.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, processFields } from "@sdtt/core/files";

/** Tells a process from a later one of the same number, on Linux; elsewhere undefined. */
export const beginningOf = (pid: number): string | undefined => processFields(pid)[19];

/** Resident memory in MiB, on Linux; elsewhere 0. */
export function residentMiB(pid: number): number {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found ? Number(found[1]) / 1024 : 0;
  } catch {
    return 0;
  }
}

/** Waits until a process is gone; kills it after `graceMs`. Does nothing for one that began at another time. */
export async function outlive(pid: number, beginning: string | undefined, graceMs: number): Promise<void> {
  const same = () => isAlive(pid) && beginningOf(pid) === beginning;
  const deadline = performance.now() + graceMs;
  while (same() && performance.now() < deadline) await sleep(50);
  if (same()) process.kill(pid, "SIGKILL");
  while (same()) await sleep(20);
}
