/**
 * @file How many threads this process may keep busy: processors that it may run on, and its share of them.
 *
 * Containers and Slurm give a share by control groups. More threads than that wait for each other at the end of every
 * period: half a processor took 18 s on two threads and 13 s on one. Node heeds affinity; its library (libuv) heeds shares
 * from Node 22 on, rounded down, so the files are read here, for both versions of control groups.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";
import { sayOnce } from "./sayOnce.js";

/** Reads a small file of the kernel; undefined where there is none. */
type ReadText = (path: string) => string | undefined;

const fromDisk: ReadText = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

interface Mount {
  /** The part of the hierarchy that is seen here. */
  readonly root: string;
  readonly place: string;
  readonly isUnified: boolean;
}

/** Where hierarchies with shares of processors are mounted: fields 4 and 5 of a line, the kind after the dash. */
function mountsOf(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [front = "", back = ""] = line.split(" - ");
    const [, , , root = "", place = ""] = front.split(" ");
    const [kind, , options = ""] = back.split(" ");
    const hasShares = kind === "cgroup2" || (kind === "cgroup" && options.split(",").includes("cpu"));
    return hasShares ? [{ root, place: unescaped(place), isUnified: kind === "cgroup2" }] : [];
  });
}

const unescaped = (path: string) =>
  path.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));

/** The group that the process is in, of either kind of hierarchy: `0::/a/b`, or `4:cpu,cpuacct:/a/b`. */
function groupOf(cgroup: string, isUnified: boolean): string | undefined {
  for (const line of cgroup.split("\n")) {
    const [number = "", controllers = "", ...rest] = line.split(":");
    const isIt = isUnified ? number === "0" && controllers === "" : controllers.split(",").includes("cpu");
    if (isIt && rest.length > 0) return rest.join(":");
  }
  return undefined;
}

function quotaIn(folder: string, isUnified: boolean, read: ReadText): number {
  const [quota, period] = isUnified
    ? (read(join(folder, "cpu.max"))?.trim().split(" ") ?? [])
    : ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map((name) => read(join(folder, name))?.trim());
  const share = Number(quota) / Number(period);
  return share > 0 && Number.isFinite(share) ? share : Number.POSITIVE_INFINITY;
}

/** Processors that the control groups of this process allow it, infinity where they say nothing. */
export function processorShare(read: ReadText = fromDisk): number {
  const cgroup = read("/proc/self/cgroup") ?? "";
  let least = Number.POSITIVE_INFINITY;
  for (const { root, place, isUnified } of mountsOf(read("/proc/self/mountinfo") ?? "")) {
    const group = groupOf(cgroup, isUnified);
    if (group === undefined) continue;
    const within = relative(root, group);
    // Each group above has a say. What is outside of the mount's root is not seen here: the root itself is then its nearest.
    let folder = within.startsWith("..") ? place : join(place, within);
    for (;;) {
      least = Math.min(least, quotaIn(folder, isUnified, read));
      if (folder === place || folder.length <= place.length) break;
      folder = dirname(folder);
    }
  }
  return least;
}

/** Threads that it pays to start: one for each processor, or for each of the share, rounded; one at least. */
export function availableThreads(share: number = processorShare()): number {
  return Math.max(1, Math.min(availableParallelism(), Math.round(Math.min(share, 2 ** 20))));
}

/** What was asked for, or all processors where that is more than there are, said once. `flag` is its name. */
export function threadsAtMost(asked: number, flag: string): number {
  const most = availableParallelism();
  if (asked <= most) return asked;
  sayOnce(`--${flag}=${asked} is more than this machine's ${most} processors: ${most} are taken`);
  return most;
}
