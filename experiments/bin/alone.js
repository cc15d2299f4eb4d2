/**
 * @file One process at a time: a folder that only one can make.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Whether the folder's maker is dead, or died before it could sign. */
function isAbandoned(folder) {
  try {
    const pid = readFileSync(join(folder, "pid"), "utf8");
    return pid !== "" && !isAlive(Number(pid));
  } catch {
    const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    return Date.now() - made > 10_000;
  }
}

/** Does something once no other process does it; whoever died in the middle does not count. */
export function alone(folder, act) {
  mkdirSync(dirname(folder), { recursive: true });
  for (;;) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (isAbandoned(folder)) rmSync(folder, { recursive: true, force: true });
      else wait(100);
    }
  }
  try {
    writeFileSync(join(folder, "pid"), String(process.pid));
    return act();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
