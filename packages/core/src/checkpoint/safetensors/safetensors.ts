/**
 * @file Named tensors in a safetensors file.
 *
 * Read straight into typed arrays, so a file costs its size in memory once; written byte for byte the same from the
 * same tensors. Half precision is widened to float32 on reading, and written only where it is asked for.
 */
import { createHash, type Hash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { userError } from "../../base/errors.js";
import { sizeOf, type Tensor, type TensorData, type TensorMap } from "../../base/tensor.js";
import { bytesOf, writeFileAtomic } from "../../files/atomic.js";
import { mistakenFile } from "../../files/mistaken.js";
import { brainFromFloat32, float32FromBrain, float32FromHalf, halfFromFloat32 } from "./halfFloat.js";
import {
  type Entry,
  type FloatType,
  formatHeader,
  type Header,
  parseHeader,
  refuseForeign,
  remedy,
  type StoredType,
  writtenOrder,
} from "./header.js";

const largestHeader = 100_000_000;

/** A file whose header was read and checked. */
export interface SafetensorsFile {
  readonly header: Header;
  read(entry: Entry): Tensor;
  close(): void;
}

/**
 * Opens a file, to read some of its tensors.
 *
 * @param hash given every byte that is read, in the order of reading
 * Throws   UserError when the file is missing, cut off or malformed
 */
export function openSafetensors(path: string, hash?: Hash): SafetensorsFile {
  return opened(openForReading(path, `safetensors ${path}`), path, hash);
}

function opened(source: Source, path: string, hash?: Hash): SafetensorsFile {
  const where = `safetensors ${path}`;
  try {
    const { header, dataAt } = readHeader(source, path, hash);
    return { header, read: (entry) => readTensor(source, dataAt, entry, where, hash), close: source.close };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Reads all tensors of a file whose bytes are in memory; `path` says where they are from. Throws   UserError as above */
export function parseSafetensors(bytes: Uint8Array, path: string): TensorMap {
  const { header, read } = opened(sourceOf(bytes), path);
  refuseForeign(header.foreign, `safetensors ${path}`);
  return Object.fromEntries(header.entries.map((entry) => [entry.name, read(entry)] as const));
}

/**
 * Reads all tensors of a file.
 *
 * @param hash given all bytes of the file, in order
 * Throws   UserError when the file is missing, cut off, malformed, or holds a tensor of a type that is not read
 */
export function readSafetensors(
  path: string,
  hash?: Hash,
): { tensors: Record<string, Tensor>; metadata: Record<string, string> } {
  const { header, read, close } = openSafetensors(path, hash);
  try {
    const where = `safetensors ${path}`;
    refuseForeign(header.foreign, where);
    const tensors = header.entries.map((entry) => [entry.name, read(entry)] as const);
    return { tensors: Object.fromEntries(tensors), metadata: header.metadata };
  } finally {
    close();
  }
}

/** Reads names, shapes and dtypes only, in the order of the data. */
export function readSafetensorsHeader(path: string): Header {
  const { header, close } = openSafetensors(path);
  close();
  return header;
}

/** What a file is read from: itself, or its bytes. */
interface Source {
  readonly size: number;
  /** Fills as much of `bytes` as there is from `at` on; returns how many bytes that are. */
  fill(bytes: Uint8Array, at: number): number;
  close(): void;
}

const sourceOf = (all: Uint8Array): Source => ({
  size: all.length,
  fill(bytes, at) {
    const part = all.subarray(at, at + bytes.length);
    bytes.set(part);
    return part.length;
  },
  close() {},
});

function openedFile(path: string, where: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw userError(where, "the file must be readable", code, "Check the path.", error);
  }
}

function openForReading(path: string, where: string): Source {
  const file = openedFile(path, where);
  const about = fstatSync(file);
  if (about.isDirectory()) {
    closeSync(file);
    throw userError(where, "it must be a file", "a folder", "Check the path.");
  }
  return {
    size: about.size,
    fill: (bytes, at) => readSync(file, bytes, 0, bytes.length, at),
    close: () => closeSync(file),
  };
}

/** What is no header is named where it is known: a Git LFS pointer, a web page, another format. */
function noHeader(path: string, rule: string, got: unknown): Error {
  const known = mistakenFile(path);
  if (!known) return userError(`safetensors ${path}`, rule, got, remedy);
  return userError(`safetensors ${path}`, "the file must be safetensors", known.got, known.remedy);
}

function readHeader(file: Source, path: string, hash?: Hash): { header: Header; dataAt: number } {
  const where = `safetensors ${path}`;
  const { size } = file;
  if (size < 8) throw noHeader(path, "the file must be at least 8 bytes", size);
  const prefix = new Uint8Array(8);
  readFully(file, prefix, 0, where);
  const length = Number(Buffer.from(prefix).readBigUInt64LE(0));
  const most = Math.min(size - 8, largestHeader);
  if (length > most) throw noHeader(path, `the header must be at most ${most} bytes`, length);
  const json = new Uint8Array(length);
  readFully(file, json, 8, where);
  if (json[0] !== 0x7b) throw noHeader(path, "the header must be a JSON object", textOf(json.subarray(0, 20)));
  hash?.update(prefix).update(json);
  return { header: parseHeader(textOf(json), size - 8 - length, where), dataAt: 8 + length };
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function readFully(file: Source, bytes: Uint8Array, at: number, where: string): void {
  const most = 1 << 30;
  for (let done = 0; done < bytes.length; ) {
    const read = file.fill(bytes.subarray(done, Math.min(bytes.length, done + most)), at + done);
    if (read === 0) throw userError(where, `the file must hold ${bytes.length} bytes at ${at}`, done, remedy);
    done += read;
  }
}

const readers: Record<StoredType, (count: number, fill: (data: ArrayBufferView) => void) => TensorData> = {
  F32: (count, fill) => filled(new Float32Array(count), fill),
  I32: (count, fill) => filled(new Int32Array(count), fill),
  BOOL: (count, fill) => filled(new Uint8Array(count), fill),
  F16: (count, fill) => float32FromHalf(filled(new Uint16Array(count), fill)),
  BF16: (count, fill) => float32FromBrain(filled(new Uint16Array(count), fill)),
};

function filled<A extends ArrayBufferView>(data: A, fill: (data: ArrayBufferView) => void): A {
  fill(data);
  return data;
}

function readTensor(file: Source, dataAt: number, entry: Entry, where: string, hash?: Hash): Tensor {
  const data = readers[entry.stored](sizeOf(entry.shape), (data) => {
    readFully(file, bytesOf(data), dataAt + entry.start, where);
    hash?.update(bytesOf(data));
  });
  return { shape: entry.shape, dtype: entry.dtype, data };
}

const floatBytes: Record<FloatType, (data: Float32Array) => Uint8Array> = {
  F32: bytesOf,
  F16: (data) => bytesOf(halfFromFloat32(data)),
  BF16: (data) => bytesOf(brainFromFloat32(data)),
};

function* safetensorsPieces(
  tensors: TensorMap,
  metadata: Readonly<Record<string, string>> = {},
  floats: FloatType = "F32",
): Generator<Uint8Array> {
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (data.length !== sizeOf(shape)) {
      throw userError("writeSafetensors", `tensor ${name} must hold [${shape}]`, data.length, "Check its shape.");
    }
  }
  yield formatHeader(tensors, metadata, floats);
  for (const name of writtenOrder(tensors, floats)) {
    const { data } = tensors[name] as Tensor;
    yield data instanceof Float32Array ? floatBytes[floats](data) : bytesOf(data);
  }
}

/**
 * Writes tensors to a file, all or nothing.
 *
 * @param floats what float32 is written as
 * Holds    the same tensors give the same bytes, whatever the order of their names
 */
export function writeSafetensors(
  path: string,
  tensors: TensorMap,
  metadata: Readonly<Record<string, string>> = {},
  floats: FloatType = "F32",
): void {
  writeFileAtomic(path, safetensorsPieces(tensors, metadata, floats));
}

/** What `writeSafetensors` writes. */
export const safetensorsBytes = (tensors: TensorMap): Uint8Array => Buffer.concat([...safetensorsPieces(tensors)]);

/** The identity of a model: SHA-256, hexadecimal, of its safetensors file without metadata. */
export function weightsHash(tensors: TensorMap): string {
  const hash = createHash("sha256");
  for (const piece of safetensorsPieces(tensors)) hash.update(piece);
  return hash.digest("hex");
}
