/**
 * @file One process per run: a lock file with its owner and a heartbeat.
 *
 * The owner touches the file every five seconds. A lock is taken over when its process on this host is dead, or when
 * its heart has not beaten for two minutes (another host, or a process number that was given away again).
 * Rejected: flock, which Node does not offer and NFS does not honour everywhere.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { userError } from "../base/errors.js";
import { explainWriteError } from "./atomic.js";

const heartbeatMs = 5_000;
/** An owner whose heart has not beaten for this long is dead. */
export const staleMs = 120_000;
const takeoverMs = 10_000;

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
  readonly since: string;
}

export interface RunLock {
  /** Gives the run free; a second call does nothing. */
  release(): void;
}

/** Whether a process of this host exists and has not ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return processFields(pid)[0] !== "Z";
}

/** What Linux says of a process behind its name, its state first; elsewhere nothing. */
export function processFields(pid: number): string[] {
  try {
    // The second field is the name in brackets, which may hold spaces.
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return [];
  }
}

/**
 * Takes the lock of a run, `runDir`/run.lock; it is given free at the latest when the process exits.
 *
 * Holds    of many processes that try at once, one gets it
 * Throws   UserError when a live process has it
 */
export function lockRun(runDir: string): RunLock {
  const path = join(runDir, "run.lock");
  const owner: Owner = { pid: process.pid, host: hostname(), token: randomUUID(), since: new Date().toISOString() };
  try {
    mkdirSync(runDir, { recursive: true });
    if (!createNew(path, owner)) takeOver(path, owner);
  } catch (error) {
    throw explainWriteError(path, error);
  }
  return hold(path, owner);
}

function hold(path: string, owner: Owner): RunLock {
  const mine = () => readOwner(path)?.token === owner.token;
  const beat = setInterval(() => {
    if (mine()) touch(path);
    else clearInterval(beat);
  }, heartbeatMs);
  beat.unref();
  const release = () => {
    clearInterval(beat);
    process.removeListener("exit", release);
    if (mine()) rmSync(path, { force: true });
  };
  process.once("exit", release);
  return { release };
}

/** Creates the file with its content unless it exists. */
function createNew(path: string, owner: Owner): boolean {
  try {
    writeFileSync(path, JSON.stringify(owner), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Replaces a dead owner's lock in one rename; a second file guards against two that do so at once. */
function takeOver(path: string, owner: Owner): void {
  refuseIfLive(path);
  const guard = `${path}.takeover`;
  if (ageOf(guard) > takeoverMs) rmSync(guard, { force: true });
  if (!createNew(guard, owner)) throw taken(path, "another process that takes it over just now");
  try {
    refuseIfLive(path);
    if (ageOf(path) < Number.POSITIVE_INFINITY) renameSync(guard, path);
    else if (!createNew(path, owner)) throw taken(path, "another process that came first");
  } finally {
    rmSync(guard, { force: true });
  }
}

function refuseIfLive(path: string): void {
  const age = ageOf(path);
  const owner = readOwner(path);
  const dead = owner !== undefined && owner.host === hostname() && !isAlive(owner.pid);
  if (dead || age > staleMs) return;
  throw taken(path, owner ? `process ${owner.pid} on ${owner.host} since ${owner.since}` : "an owner not yet written");
}

function taken(path: string, owner: string): Error {
  const remedy = "Wait for it, stop it, or give the new run another name.";
  return userError(`lock ${path}`, "a run must have one process at a time", owner, remedy);
}

/** Milliseconds since the last heartbeat; infinite when there is no file. */
function ageOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? Date.now() - stat.mtimeMs : Number.POSITIVE_INFINITY;
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The folder went away or the file system refuses; the next beat tries again.
  }
}
