/**
 * @file Removes what killed processes left: temporary siblings and locks whose process is dead.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive } from "@sdtt/core/files";

/** `name.tmp-HOST-PID`, as core's checkpoint/atomic.ts names files and folders that are being written. */
const temporary = /\.tmp-(.+)-(\d+)$/;
const setAside = /^(.+)\.old-(\d+)$/;

/** Whether a name is one of a process of this host that is no more. */
function isLeftover(folder: string, name: string): boolean {
  if (name === "run.lock") return isAbandoned(join(folder, name));
  const begun = temporary.exec(name);
  if (begun) return begun[1] === hostname() && !isAlive(Number(begun[2]));
  const aside = setAside.exec(name);
  return aside !== null && !isAlive(Number(aside[2])) && existsSync(join(folder, aside[1] as string));
}

/** Whether a lock's owner was a process of this host that is no more. */
function isAbandoned(lock: string): boolean {
  try {
    const { host, pid } = JSON.parse(readFileSync(lock, "utf8"));
    return host === hostname() && !isAlive(pid);
  } catch {
    return false;
  }
}

/** Removes them from the folders and all below. */
export function removeLeftovers(folders: readonly string[]): void {
  for (const folder of folders.filter((path) => existsSync(path))) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (isLeftover(folder, entry.name)) rmSync(path, { recursive: true, force: true });
      else if (entry.isDirectory()) removeLeftovers([path]);
    }
  }
}
