import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkStore } from "@sdtt/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newestManifest } from "../cells/manifest.js";
import { differencesOf, leftBehind, outcomeOf } from "../chaos/outcome.js";
import { type Bench, oneByOne, openBench, writeSpec } from "../sweep/bench.fixture.js";
import { freshStatus, readStatus, writeStatus } from "./status.js";

const timeout = 600_000;
const year = 365 * 86_400_000;
const limits = "limits: { backoffSeconds: 0.05 }";

let bench: Bench;
/** What the sweep comes to where nothing happens to it. */
let wanted: Readonly<Record<string, string>>;
const spec = () => writeSpec(bench.folder, "faulty", `seeds: [1, 2], ${limits}`, "updates: 12");

beforeAll(async () => {
  bench = await openBench();
  const root = join(bench.folder, "usual");
  await bench.run(...oneByOne(spec(), root));
  wanted = outcomeOf(root);
}, timeout);
afterAll(() => bench.remove());

/** Runs the sweep again, after a retry of what failed; it must then be as if nothing had happened. */
async function mended(root: string): Promise<void> {
  await bench.run("retry", `--root=${root}`);
  expect((await bench.run(...oneByOne(spec(), root))).code).toBe(0);
  expect(differencesOf(wanted, outcomeOf(root))).toEqual([]);
  expect(leftBehind(root)).toEqual([]);
}

/** What a user is told: the last line, or the one about the cell that failed. */
const complaint = (stderr: string) => stderr.split("\n").find((line) => /must/.test(line)) ?? stderr;
const stagesOf = (root: string) => newestManifest(root, "faulty").manifest.stages;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
}

const filesBelow = (root: string, ending: string): string[] =>
  (existsSync(root) ? readdirSync(root, { recursive: true, encoding: "utf8" }) : []).filter((name) =>
    name.endsWith(ending),
  );

describe("a sweep", { timeout }, () => {
  it("goes on at once though the clock was set back by a year", async () => {
    const root = join(bench.folder, "clock");
    const running = bench.start(oneByOne(spec(), root));
    await until(() => filesBelow(root, "model.safetensors").length > 0);
    running.child.kill("SIGKILL");
    await running.ended;
    await until(() => filesBelow(root, "run.lock").every((name) => name.startsWith("stages")));
    const later = Date.now() + year;
    const [first, second] = stagesOf(root).filter(({ kind }) => kind === "round");
    const lock = join(root, "stages", first?.key ?? "", "run.lock");
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22, host: hostname(), token: "t", since: new Date(later) }));
    utimesSync(lock, later / 1000, later / 1000);
    const waiting = { ...freshStatus, state: "waiting", failures: 1, notBefore: later } as const;
    writeStatus(root, second?.key ?? "", waiting);
    await mended(root);
    expect(readStatus(root, second?.key ?? "").attempts).toBe(1);
  });

  it("with a truncated checkpoint says which, finishes the other cells, and goes on without it", async () => {
    const root = join(bench.folder, "truncated");
    const running = bench.start(oneByOne(spec(), root));
    await until(() => filesBelow(root, "model.safetensors").length > 0);
    running.child.kill("SIGTERM");
    await running.ended;
    const [file = ""] = filesBelow(root, "model.safetensors");
    truncateSync(join(root, file), 100);
    const { code, stderr } = await bench.run(...oneByOne(spec(), root));
    expect([code, complaint(stderr)]).toEqual([
      1,
      expect.stringMatching(/failed: seed=1: .*model\.safetensors: .* damaged\.$/),
    ]);
    expect(stderr).toContain("once that is mended: npx nx run experiments:retry --sweep=faulty");
    expect(stagesOf(root).map(({ key }) => readStatus(root, key).state)).toEqual(["failed", "pending", "done", "done"]);
    rmSync(join(root, file, ".."), { recursive: true });
    await mended(root);
  });

  it("whose stage's store is deleted under it says so, and what was merged before is there", async () => {
    const root = join(bench.folder, "deleted");
    const running = bench.start(oneByOne(spec(), root));
    const training = () => stagesOf(root).filter(({ kind }) => kind === "round")[1];
    await until(() => filesBelow(root, "submissions.json").length > 0);
    await until(() => filesBelow(join(root, "work", training()?.run ?? "", "runs"), "model.safetensors").length > 0);
    for (const end of ["", "-wal", "-shm"])
      rmSync(join(root, "work", training()?.run ?? "", `sdtt.sqlite${end}`), { force: true });
    const { code, stderr } = await running.ended;
    expect([code, complaint(stderr)]).toEqual([
      1,
      expect.stringMatching(/the file must stay while it is written to, got none/),
    ]);
    expect(checkStore(join(root, "sdtt.sqlite"), "integrity").problems).toEqual([]);
    rmSync(join(root, "work", training()?.run ?? ""), { recursive: true });
    await mended(root);
  });

  it("makes its own store again from those of its stages when it is deleted", async () => {
    const root = join(bench.folder, "merged");
    await bench.run(...oneByOne(spec(), root));
    for (const name of filesBelow(root, "sdtt.sqlite").filter((name) => name === "sdtt.sqlite"))
      rmSync(join(root, name));
    await mended(root);
  });
});

/** Why no small disk can be made here; undefined where it can. */
function whyNoDisk(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can mount a tmpfs";
  const place = mkdtempSync(join(tmpdir(), "disk-"));
  const { status, stderr, error } = mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", place);
  if (status === 0) spawnSync("umount", [place]);
  rmSync(place, { recursive: true });
  return status === 0 ? undefined : `no tmpfs can be mounted: ${error?.message ?? stderr.trim()}`;
}

const mount = (...args: string[]) => spawnSync("mount", args, { encoding: "utf8" });
const reason = whyNoDisk();

describe.skipIf(reason !== undefined)(
  `a sweep on a disk of its own${reason ? `, skipped: ${reason}` : ""}`,
  { timeout },
  () => {
    let disk: string;
    const remount = (options: string) => mount("-o", `remount,${options}`, disk);
    beforeAll(() => {
      disk = join(bench.folder, "disk");
      mkdirSync(disk);
      mount("-t", "tmpfs", "-o", "size=1400k", "tmpfs", disk);
    });
    afterAll(() => void spawnSync("umount", [disk]));

    it("that is full says so in one line, leaves all that it wrote usable, and goes on once there is room", async () => {
      const root = join(disk, "root");
      const { code, stderr } = await bench.run(...oneByOne(spec(), root));
      expect([code, complaint(stderr)]).toEqual([
        1,
        expect.stringMatching(/the disk must have room|must allow what was asked, got ENOSPC/),
      ]);
      expect(stderr).not.toMatch(/\n {4}at /);
      expect(filesBelow(root, ".sqlite").length).toBeGreaterThan(0);
      remount("size=64m");
      for (const name of filesBelow(root, ".sqlite"))
        expect(checkStore(join(root, name), "integrity").problems).toEqual([]);
      await mended(root);
    });

    it("that is read-only says so in one line, and loses nothing", async () => {
      const root = join(disk, "root");
      remount("ro");
      const { code, stderr } = await bench.run(
        ...oneByOne(writeSpec(bench.folder, "faulty", `seeds: [3], ${limits}`, "updates: 12"), root),
      );
      remount("rw");
      expect([code, complaint(stderr)]).toEqual([1, expect.stringMatching(/must be writable, got EROFS/)]);
      expect(stderr).not.toMatch(/\n {4}at /);
      await mended(root);
    });
  },
);
