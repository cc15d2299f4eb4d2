/**
 * @file Run lock: one live owner at a time, and a dead one never in the way.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { lockRun } from "./lock.js";

const root = mkdtempSync(join(tmpdir(), "lock-test-"));
const run = join(root, "run");
const path = join(run, "run.lock");
afterEach(() => rmSync(run, { recursive: true, force: true }));
afterAll(() => rmSync(root, { recursive: true }));

function writeLock(pid: number, host = hostname(), ageMs = 0): void {
  mkdirSync(run, { recursive: true });
  writeFileSync(path, JSON.stringify({ pid, host, token: "theirs", since: "2026-01-01T00:00:00.000Z" }));
  const beat = new Date(Date.now() - ageMs);
  utimesSync(path, beat, beat);
}

async function otherProcess(): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

it("refuses a second owner until the first has released, and creates the folder", () => {
  const lock = lockRun(run);
  expect(() => lockRun(run)).toThrow(UserError);
  expect(() => lockRun(run)).toThrow(`a run must have one process at a time, got process ${process.pid} on`);
  lock.release();
  lockRun(run).release();
  expect(readdirSync(run)).toEqual([]);
});

it("releases once: a second release does not free the lock of the next owner", () => {
  const first = lockRun(run);
  first.release();
  const second = lockRun(run);
  first.release();
  expect(existsSync(path)).toBe(true);
  second.release();
});

it("refuses while another process of this host lives, and takes over when it is dead", async () => {
  const child = await otherProcess();
  writeLock(child.pid);
  expect(() => lockRun(run)).toThrow(`got process ${child.pid} on`);
  child.kill("SIGKILL");
  await once(child, "exit");
  lockRun(run).release();
  expect(readdirSync(run)).toEqual([]);
});

it("believes another host's heartbeat, and takes over when it has stopped", () => {
  writeLock(1, "elsewhere", 60_000);
  expect(() => lockRun(run)).toThrow("got process 1 on elsewhere since 2026-01-01T00:00:00.000Z");
  writeLock(1, "elsewhere", 180_000);
  lockRun(run).release();
});

it("takes over a process number that was given away again, once the heart has stopped", () => {
  writeLock(process.ppid, hostname(), 180_000);
  lockRun(run).release();
});

it("lets one of two take over: the second is refused while the first is at it", () => {
  writeLock(1, "elsewhere", 180_000);
  writeFileSync(`${path}.takeover`, "{}");
  expect(() => lockRun(run)).toThrow("another process that takes it over just now");
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(`${path}.takeover`, longAgo, longAgo);
  lockRun(run).release();
  expect(readdirSync(run)).toEqual([]);
});

it("treats a lock that is not yet written as live", () => {
  lockRun(run).release();
  writeFileSync(path, "");
  expect(() => lockRun(run)).toThrow("an owner not yet written");
});

it("does not free a lock that was taken over from it", () => {
  const lock = lockRun(run);
  writeFileSync(path, JSON.stringify({ pid: 1, host: "elsewhere", token: "theirs", since: "" }));
  lock.release();
  expect(existsSync(path)).toBe(true);
});
