/**
 * @file Safetensors: the same bytes from the same tensors, and every kind of damage refused by name.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { float32, int32, type Tensor, tensor } from "../../base/tensor.js";
import { temporaryName } from "../../files/atomic.js";
import { fileHash } from "../../files/fileHash.js";
import {
  openSafetensors,
  readSafetensors,
  readSafetensorsHeader,
  weightsHash,
  writeSafetensors,
} from "./safetensors.js";

const folder = mkdtempSync(join(tmpdir(), "safetensors-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "some.safetensors");

const tensors: Record<string, Tensor> = {
  "layer.weight": float32([2, 3], [1, -2, 3.5, Number.NaN, Number.POSITIVE_INFINITY, -0]),
  flags: tensor("bool", [3], [1, 0, 1]),
  count: int32([], [-7]),
  none: float32([0, 4]),
};

/** A file with this header and data, whatever they say. */
function raw(header: unknown, data: Uint8Array = new Uint8Array(0)): string {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json, data]));
  return path;
}

const entry = (dtype: string, shape: number[], start: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

function refused(file: string, message: string): void {
  expect(() => readSafetensors(file)).toThrow(UserError);
  expect(() => readSafetensors(file)).toThrow(message);
}

describe("writeSafetensors", () => {
  it("gives back values, shapes, dtypes and metadata", () => {
    writeSafetensors(path, tensors, { b: "2", a: "é" });
    const read = readSafetensors(path);
    expect(read).toEqual({ tensors, metadata: { a: "é", b: "2" } });
    expect(Object.is((read.tensors["layer.weight"] as Tensor).data[5], -0)).toBe(true);
    expect(readSafetensorsHeader(path).entries.map(({ name }) => name)).toEqual([
      "count",
      "layer.weight",
      "none",
      "flags",
    ]);
  });

  it("gives the same bytes whatever the order of names", () => {
    writeSafetensors(path, tensors, { b: "2", a: "1" });
    const once = readFileSync(path);
    writeSafetensors(path, Object.fromEntries(Object.entries(tensors).reverse()), { a: "1", b: "2" });
    expect(readFileSync(path).equals(once)).toBe(true);
    expect(once.readBigUInt64LE(0) % 8n).toBe(0n);
  });

  it("hashes weights as the file without metadata is hashed", () => {
    writeSafetensors(path, tensors);
    expect(weightsHash(tensors)).toBe(fileHash(path));
    expect(weightsHash({ ...tensors, count: int32([], [-8]) })).not.toBe(weightsHash(tensors));
  });

  it("writes only the tensor's part of a buffer", () => {
    const view = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    writeSafetensors(path, { view: { shape: [2], dtype: "float32", data: view } });
    expect(readSafetensors(path).tensors).toEqual({ view: float32([2], [1, 2]) });
  });

  it("writes half precision where asked, as the nearest values, and other types as they are", () => {
    const values = { w: float32([3], [1, -2.5, 1 / 3]), n: int32([1], [7]) };
    for (const [type, third] of [
      ["F16", 0.333251953125],
      ["BF16", 0.333984375],
    ] as const) {
      writeSafetensors(path, values, {}, type);
      expect(readSafetensorsHeader(path).entries.map(({ name, stored }) => [name, stored])).toEqual([
        ["n", "I32"],
        ["w", type],
      ]);
      expect(readSafetensors(path).tensors).toEqual({ ...values, w: float32([3], [1, -2.5, third]) });
    }
  });

  it("refuses a tensor whose data do not fill its shape, and leaves the old file", () => {
    writeSafetensors(path, tensors);
    const wrong = { w: { shape: [3], dtype: "float32" as const, data: new Float32Array(2) } };
    expect(() => writeSafetensors(path, wrong)).toThrow("tensor w must hold [3], got 2");
    expect(readSafetensors(path).tensors).toEqual(tensors);
    expect(readdirSync(folder)).toEqual(["some.safetensors"]);
  });

  it.skipIf(!existsSync("/dev/full"))("says that the disk is full, and leaves the old file", () => {
    writeSafetensors(path, tensors);
    symlinkSync("/dev/full", temporaryName(path));
    expect(() => writeSafetensors(path, { one: float32([1]) })).toThrow(
      `write ${path}: the disk must have room for the file, got ENOSPC. Free some space`,
    );
    expect(readSafetensors(path).tensors).toEqual(tensors);
    expect(readdirSync(folder)).toEqual(["some.safetensors"]);
  });
});

describe("readSafetensors", () => {
  it("widens half precision exactly", () => {
    const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x8000);
    const brain = Uint16Array.of(0x3f80, 0xc000);
    const data = Buffer.concat([new Uint8Array(half.buffer), new Uint8Array(brain.buffer)]);
    const { tensors: read } = readSafetensors(
      raw({ h: entry("F16", [6], 0, 12), b: entry("BF16", [2], 12, 16) }, data),
    );
    expect([...(read.h as Tensor).data]).toEqual([1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY, -0]);
    expect(read.b).toEqual(float32([2], [1, -2]));
  });

  it("gives a hash every byte of the file, in order", () => {
    writeSafetensors(path, tensors, { a: "1" });
    const hash = createHash("sha256");
    readSafetensors(path, hash);
    expect(hash.digest("hex")).toBe(fileHash(path));
  });

  it("refuses a type that it cannot read only where that tensor is asked for", () => {
    raw({ a: entry("I64", [1], 0, 8), b: entry("F32", [1], 8, 12) }, new Uint8Array(12));
    refused(path, "tensor a: dtype must be one of F32, I32, BOOL, F16, BF16, got I64. Convert it.");
    const { header, read, close } = openSafetensors(path);
    expect(header.foreign.map(({ name, stored }) => [name, stored])).toEqual([["a", "I64"]]);
    expect(read(header.entries[0] as (typeof header.entries)[0])).toEqual(float32([1]));
    close();
  });

  it("refuses a file cut off anywhere", () => {
    writeSafetensors(path, tensors);
    const whole = readFileSync(path);
    for (const size of [0, 7, 8, 30, whole.length - 28, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, size));
      expect(() => readSafetensors(path), `${size} bytes`).toThrow(UserError);
    }
    refused(path, `must be followed by 31 bytes of data, got 30. The file is cut off`);
  });

  it("refuses bytes after the data", () => {
    refused(raw({ a: entry("F32", [1], 0, 4) }, new Uint8Array(5)), "must be followed by 4 bytes of data, got 5");
  });

  it("refuses a header that says it is longer than the file", () => {
    writeFileSync(path, Buffer.from("ffffffffffffff7f7b7d", "hex"));
    refused(path, "the header must be at most 2 bytes, got 9223372036854776000");
  });

  it("refuses a header that is not a JSON object of tensors", () => {
    refused(raw("{"), "the header must be JSON");
    refused(raw("[]"), "the header must be a JSON object");
    refused(raw({ a: null }), "tensor a: dtype must be one of F32, I32, BOOL, F16, BF16, got undefined");
    refused(raw({ a: entry("I64", [1], 0, 8) }, new Uint8Array(8)), "tensor a: dtype must be one of");
    refused(raw({ a: entry("F32", [-1], 0, 4) }, new Uint8Array(4)), "tensor a: shape must be a list of whole numbers");
    refused(raw({ a: entry("F32", [2 ** 40, 2 ** 40], 0, 4) }, new Uint8Array(4)), "tensor a: shape must be");
    refused(raw({ __metadata__: { a: 1 } }), "__metadata__ must map names to strings");
  });

  it("refuses a name given twice, also when escaped", () => {
    const field = JSON.stringify(entry("F32", [1], 0, 4));
    refused(raw(`{"a":${field},"a":${field}}`, new Uint8Array(4)), "names must be unique, got a twice");
    refused(raw(`{"a":${field},"\\u0061" :${field}}`, new Uint8Array(4)), "names must be unique, got a twice");
  });

  it("refuses gaps, overlaps and sizes that do not fit the shape", () => {
    const data = new Uint8Array(12);
    const b = (start: number, end: number) =>
      raw({ a: entry("F32", [1], 0, 4), b: entry("F32", [1], start, end) }, data);
    refused(b(8, 12), "tensor b: data must begin at byte 4, got 8");
    refused(b(0, 4), "data must begin at byte 4, got 0");
    refused(b(4, 12), "tensor b: shape [1] of F32 must take 4 bytes, got 8");
  });

  it("refuses a path where no file is", () => {
    refused(join(folder, "none"), "the file must be readable, got ENOENT");
    expect(() => readSafetensors(folder)).toThrow();
  });
});
