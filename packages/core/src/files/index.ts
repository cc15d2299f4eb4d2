/** @file `@sdtt/core/files`: files that are whole or not there, and locks. */

export { writeFileAtomic } from "./atomic.js";
export { fileHash } from "./fileHash.js";
export { isAlive, lockRun, processFields, type RunLock } from "./lock.js";
export { exportOf, isSameOwn, nameOrOwnFile, ownFileOf, ownText, pinned } from "./ownModule.js";
