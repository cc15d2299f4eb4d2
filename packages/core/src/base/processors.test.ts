/**
 * @file Shares of processors, as every kind of container writes them.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { availableThreads, processorShare, threadsAtMost } from "./processors.js";

const unified = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
const legacy = (root = "/") =>
  `29 25 0:26 / /proc rw - proc proc rw\n33 30 0:29 ${root} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n` +
  `34 30 0:30 ${root} /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n`;

function share(cgroup: string, mountinfo: string, files: Readonly<Record<string, string>>): number {
  const all: Record<string, string> = { "/proc/self/cgroup": cgroup, "/proc/self/mountinfo": mountinfo, ...files };
  return processorShare((path) => all[path]);
}

describe("the share of processors", () => {
  it.each<[string, string, string, Record<string, string>, number]>([
    ["a container with a view of its own", "0::/\n", unified, { "/sys/fs/cgroup/cpu.max": "50000 100000\n" }, 0.5],
    ["no limit", "0::/\n", unified, { "/sys/fs/cgroup/cpu.max": "max 100000\n" }, Infinity],
    [
      "a service, limited by the slice above it",
      "0::/user.slice/a b.service\n",
      unified,
      {
        "/sys/fs/cgroup/user.slice/a b.service/cpu.max": "400000 100000",
        "/sys/fs/cgroup/user.slice/cpu.max": "150000 100000",
        "/sys/fs/cgroup/cpu.max": "max 100000",
      },
      1.5,
    ],
    [
      "a container that sees the host's path",
      "0::/system.slice/docker-1.scope\n",
      unified.replace("0:28 /", "0:28 /system.slice/docker-1.scope"),
      { "/sys/fs/cgroup/cpu.max": "200000 100000" },
      2,
    ],
    [
      "version 1, a group",
      "4:cpu,cpuacct:/job_7\n3:cpuset:/\n0::/\n",
      legacy(),
      {
        "/sys/fs/cgroup/cpu,cpuacct/job_7/cpu.cfs_quota_us": "300000",
        "/sys/fs/cgroup/cpu,cpuacct/job_7/cpu.cfs_period_us": "100000",
      },
      3,
    ],
    [
      "version 1, no limit",
      "4:cpu,cpuacct:/\n",
      legacy(),
      { "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000" },
      Infinity,
    ],
    [
      "version 1 in Docker, the host's path in sight",
      "4:cpu,cpuacct:/docker/abc\n",
      legacy("/docker/abc"),
      {
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "25000",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
      },
      0.25,
    ],
    [
      "version 1, a path outside of what is mounted",
      "4:cpu,cpuacct:/kubepods/pod1/c1\n",
      legacy("/kubepods/pod2"),
      {
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "100000",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
      },
      1,
    ],
    ["no control groups at all", "", "", {}, Infinity],
    ["something unreadable", "nonsense", "more - nonsense", { "/sys/fs/cgroup/cpu.max": "x y" }, Infinity],
  ])("is read: %s", (_, cgroup, mountinfo, files, wanted) => expect(share(cgroup, mountinfo, files)).toBe(wanted));
});

it.each([
  [0.1, 1],
  [0.5, 1],
  [1, 1],
  [Infinity, availableParallelism()],
  [1e9, availableParallelism()],
])("a share of %d gives %d threads", (given, threads) => expect(availableThreads(given)).toBe(threads));

it("a share between whole numbers gives the nearer one, never more than there are processors", () => {
  for (const given of [1.4, 1.5, 2.4, 2.6, 3.5])
    expect(availableThreads(given)).toBe(Math.min(availableParallelism(), Math.round(given)));
});

describe("threads that are asked for", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("are taken as they are up to the machine's, and cut to those with a word, once", () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const most = availableParallelism();
    expect([1, most].map((asked) => threadsAtMost(asked, "threads"))).toEqual([1, most]);
    expect(write).not.toHaveBeenCalled();
    expect([999, 999].map((asked) => threadsAtMost(asked, "threads"))).toEqual([most, most]);
    expect(write.mock.calls).toEqual([
      [`--threads=999 is more than this machine's ${most} processors: ${most} are taken\n`],
    ]);
  });
});

/** Makes a group of half a processor, of whichever version this machine has and lets us make one. */
function halfAProcessor(): { readonly join: string; readonly remove: () => void } | undefined {
  const makers = [
    ["/sys/fs/cgroup/cpu", { "cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000" }],
    ["/sys/fs/cgroup", { "cpu.max": "50000 100000" }],
  ] as const;
  for (const [place, files] of makers) {
    const group = `${place}/sdtt-test-${process.pid}`;
    try {
      if (!existsSync(`${place}/cgroup.procs`)) continue;
      mkdirSync(group);
      for (const [name, text] of Object.entries(files)) writeFileSync(`${group}/${name}`, text);
      return { join: `echo $$ > ${group}/cgroup.procs`, remove: () => rmdirSync(group) };
    } catch {
      if (existsSync(group)) rmdirSync(group);
    }
  }
  return undefined;
}
const half = halfAProcessor();

it.skipIf(!half)(`this process is told its own${half ? "" : ", skipped: no control group can be made here"}`, () => {
  const module = new URL("./processors.ts", import.meta.url).pathname;
  const load = `require("jiti").createJiti(process.cwd()).import("${module}")`;
  const script = `${load}.then(({ processorShare }) => console.log(processorShare()));`;
  const run = `${half?.join}; exec "${process.execPath}" -e '${script}'`;
  const cwd = new URL("../../../../experiments", import.meta.url).pathname;
  const { stdout, stderr } = spawnSync("sh", ["-c", run], { encoding: "utf8", cwd });
  half?.remove();
  expect([stdout.trim(), stderr]).toEqual(["0.5", ""]);
});
