/**
 * @file Which journal a store uses: a write-ahead log where all processes share a host, a rollback journal elsewhere.
 *
 * The log needs memory that its readers and writers share, which a network file system does not give them: a store there
 * can be torn. So such file systems are recognised, and SDTT_STORE_JOURNAL=rollback says it where they are not.
 */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { userError } from "../../base/errors.js";

export type Journal = "wal" | "rollback";

/** `f_type` of statfs(2), from Linux's include/uapi/linux/magic.h and the file systems' own sources. */
const sharedFileSystems: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x19830326, // BeeGFS
  0x00c36400, // Ceph
  0x01021997, // 9p
  0x5346414f, // AFS
  0x65735546, // FUSE: sshfs and many cluster file systems
]);

/** The journal for a store at `path`, whose folder exists. */
export function journalFor(path: string, asked: string | undefined = process.env.SDTT_STORE_JOURNAL): Journal {
  if (asked === "wal" || asked === "rollback") return asked;
  if (asked !== undefined && asked !== "") {
    const remedy = "Leave it out: the file system is looked at.";
    throw userError("store", "SDTT_STORE_JOURNAL must be wal or rollback", `"${asked}"`, remedy);
  }
  try {
    return sharedFileSystems.has(statfsSync(dirname(path)).type) ? "rollback" : "wal";
  } catch {
    return "wal";
  }
}
