/**
 * @file A file in one line: name, size, SHA-256; and the text of a small one. Never throws, never waits for long.
 *
 * Files are hashed in pieces, up to so many bytes and seconds for all that one describer is asked for.
 */
import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";

export interface Description {
  readonly line: string;
  /** Content of a file that is small and text. */
  readonly text?: string;
}

/** New files above this are kept by their hash only. */
const mostOfFile = 1 << 16;
/** What a describer hashes in all. */
const hashedBytes = 1 << 26;
const hashingMs = 2000;

/** Size, hash and, of a small file, content: read in pieces from a descriptor, so that a file that grows ends all the same. */
function readFile(file: number, size: number): { readonly hash: string; readonly bytes: Buffer | undefined } {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(Math.min(size + 1, 1 << 20));
  const isSmall = size <= mostOfFile;
  const pieces: Buffer[] = [];
  for (let done = 0; done < size; ) {
    const read = readSync(file, chunk, 0, Math.min(chunk.length, size - done), null);
    if (read === 0) break;
    hash.update(chunk.subarray(0, read));
    if (isSmall) pieces.push(Buffer.from(chunk.subarray(0, read)));
    done += read;
  }
  return { hash: hash.digest("hex"), bytes: isSmall ? Buffer.concat(pieces) : undefined };
}

/** Describes files of the checkout at `top`. */
export function describer(top: string): (path: string) => Description {
  const until = performance.now() + hashingMs;
  let room = hashedBytes;
  const regular = (name: string, path: string): Description => {
    // A pipe would wait for its writer, and a link lead elsewhere.
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(file);
      if (size > room || performance.now() > until) return { line: `${name}, ${size} bytes, not hashed: too much` };
      room -= size;
      const { hash, bytes } = readFile(file, size);
      const line = `${name}, ${size} bytes, SHA-256 ${hash}`;
      return bytes === undefined || bytes.includes(0) ? { line } : { line, text: bytes.toString("utf8") };
    } finally {
      closeSync(file);
    }
  };
  return (given) => {
    const path = join(top, given);
    // Names may hold anything, line ends too.
    const name = /[\p{Cc}\u2028\u2029]/u.test(given) ? JSON.stringify(given) : given;
    try {
      const found = lstatSync(path);
      if (found.isSymbolicLink()) return { line: `${name}, a link to ${readlinkSync(path)}` };
      if (found.isDirectory()) return { line: `${name}, a repository of its own` };
      return found.isFile() ? regular(name, path) : { line: `${name}, no regular file` };
    } catch (error) {
      return { line: `${name}, not readable (${(error as NodeJS.ErrnoException).code ?? "unknown"})` };
    }
  };
}
