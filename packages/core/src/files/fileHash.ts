/** @file The hash of a file of any size. */
import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";

/** The hash, by default SHA-256, of a file of any size, hexadecimal. */
export function fileHash(path: string, hash: Hash = createHash("sha256")): string {
  const chunk = Buffer.alloc(1 << 20);
  const file = openSync(path, "r");
  try {
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) hash.update(chunk.subarray(0, size));
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}
