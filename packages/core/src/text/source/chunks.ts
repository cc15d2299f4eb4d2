/**
 * @file The bytes of a file, chunk by chunk, unpacked where it is packed.
 *
 * Node 20 unpacks gzip; zstd came with 22.15, and where it is missing a packed file is refused.
 */
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import * as zlib from "node:zlib";
import { userError } from "../../base/errors.js";

export type Packing = "none" | "gzip" | "zstd";

export interface Chunk {
  readonly bytes: Uint8Array;
  /** Bytes of the file read so far, as they lie on the disk. */
  readonly read: number;
}

/** Gives the bytes of a file from a place in its unpacked bytes on. */
export type ReadChunks = (file: { path: string; packing: Packing }, from: number) => AsyncIterable<Chunk>;

const chunkBytes = 1 << 20;

/** The bytes of a plain file; each chunk is new memory. */
export function* plainChunks(path: string, from = 0): Generator<Chunk> {
  const file = openSync(path, "r");
  try {
    for (let read = from; ; ) {
      const bytes = Buffer.allocUnsafeSlow(chunkBytes);
      const size = readSync(file, bytes, 0, chunkBytes, read);
      if (size === 0) return;
      read += size;
      yield { bytes: bytes.subarray(0, size), read };
    }
  } finally {
    closeSync(file);
  }
}

/** Throws   UserError when a packed file is cut off, damaged, or of a kind that this Node cannot unpack */
export const readChunks: ReadChunks = async function* ({ path, packing }, from) {
  if (packing === "none") yield* plainChunks(path, from);
  else yield* unpackedChunks(path, packing, from);
};

async function* unpackedChunks(path: string, packing: "gzip" | "zstd", from: number): AsyncGenerator<Chunk> {
  const unpack = unpacker(path, packing);
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  file.on("error", (error) => unpack.destroy(error));
  let skip = from;
  try {
    for await (const bytes of file.pipe(unpack) as AsyncIterable<Buffer>) {
      if (skip < bytes.length) yield { bytes: bytes.subarray(skip), read: file.bytesRead };
      skip = Math.max(0, skip - bytes.length);
    }
  } catch (error) {
    if (!/^Z_|^ZSTD_/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    const remedy = "Download or pack the file again.";
    throw userError(`corpus ${path}`, `the file must be whole ${packing}`, (error as Error).message, remedy, error);
  } finally {
    file.destroy();
    unpack.destroy();
  }
}

function unpacker(path: string, packing: "gzip" | "zstd") {
  const options = { chunkSize: chunkBytes };
  if (packing === "gzip") return zlib.createGunzip(options);
  const { createZstdDecompress } = zlib as { createZstdDecompress?: typeof zlib.createGunzip };
  if (createZstdDecompress) return createZstdDecompress(options);
  const remedy = "Use a newer Node, or unpack the file: zstd -d FILE.";
  throw userError(`corpus ${path}`, "zstd needs Node 22.15 or newer", process.version, remedy);
}
