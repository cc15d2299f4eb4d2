/**
 * @file Safetensors files written byte by byte: right ones in all the ways that the format allows, and ones that lie in a
 * way that is known. Right ones are read to the value, lies are refused in one line.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RandomStream } from "@sdtt/core/base";
import { readSafetensors } from "@sdtt/core/checkpoint";
import { chance, Fault, isRefusal, oneOf, type Target } from "./target.js";

interface Written {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

const itemBytes: Readonly<Record<string, number>> = { F32: 4, I32: 4, BOOL: 1, F16: 2, BF16: 2 };
const foreignBytes: Readonly<Record<string, number>> = { I64: 8, F64: 8, U8: 1, F8_E4M3: 1, C64: 8 };
const names = [
  "a",
  "layer.0.weight",
  "ünï 日本",
  "",
  "__proto__",
  "constructor",
  "toString",
  'quo"te\\',
  "\u0000",
  "🦊",
];

const count = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);

function drawn(random: RandomStream, name: string, isForeign: boolean): Written {
  const sizes = isForeign ? foreignBytes : itemBytes;
  const dtype = oneOf(random, Object.keys(sizes));
  const shape = Array.from({ length: random.integer(4) }, () => random.integer(4));
  const bytes = Buffer.alloc(count(shape) * (sizes[dtype] as number));
  for (let i = 0; i < bytes.length; i++) bytes[i] = dtype === "BOOL" ? random.integer(2) : random.integer(256);
  return { name, dtype, shape, bytes };
}

/** The fields of a header, in any order of keys. */
function fieldsOf(random: RandomStream, tensors: readonly Written[]): [string, Record<string, unknown>][] {
  let at = 0;
  const fields = tensors.map(({ name, dtype, shape, bytes }): [string, Record<string, unknown>] => {
    const start = at;
    at += bytes.length;
    const entry: [string, unknown][] = [
      ["dtype", dtype],
      ["shape", shape],
      ["data_offsets", [start, at]],
    ];
    return [name, Object.fromEntries(chance(random, 0.5) ? entry : entry.reverse())];
  });
  return fields;
}

type Fields = [string, Record<string, unknown>][];
/** What is wrong, done to the fields, or to the file's bytes. Each is refused, whatever else is in the file. */
const lies: Readonly<Record<string, (fields: Fields, random: RandomStream) => unknown>> = {
  "a gap": (f) => shift(f, 1),
  "an overlap": (f) => shift(f, -1),
  "a size that does not fit": (f) => (last(f).shape = [9, 9, 9]),
  "a negative size": (f) => (last(f).shape = [-1]),
  "half a size": (f) => (last(f).shape = [0.5]),
  "a size in words": (f) => (last(f).shape = ["2"]),
  "more than can be counted": (f) => (last(f).shape = [2 ** 40, 2 ** 40]),
  "no shape": (f) => delete last(f).shape,
  "no type": (f) => delete last(f).dtype,
  "a type that nobody knows": (f) => (last(f).dtype = "F7"),
  "a type by an inherited name": (f) => (last(f).dtype = "toString"),
  "no offsets": (f) => delete last(f).data_offsets,
  "three offsets": (f) => (last(f).data_offsets as number[]).push(0),
  "offsets in words": (f) => (last(f).data_offsets = ["0", "4"]),
  "metadata of numbers": (f) => f.push(["__metadata__", { a: 1 }]),
  "metadata in a list": (f) => f.push(["__metadata__", ["a"] as unknown as Record<string, unknown>]),
  "a name twice": (f) => f.push(f.at(-1) as Fields[number]),
  "no entry but a word": (f) => f.push(["word", "no" as unknown as Record<string, unknown>]),
};
const last = (fields: Fields) => (fields.at(-1) as Fields[number])[1];
const shift = (fields: Fields, by: number) => {
  last(fields).data_offsets = (last(fields).data_offsets as number[]).map((at) => at + by);
};

const broken: Readonly<Record<string, (file: Buffer, random: RandomStream) => Buffer>> = {
  "bytes behind": (file) => Buffer.concat([file, Buffer.from([0])]),
  "cut off": (file, random) => file.subarray(0, random.integer(file.length)),
  "a header longer than the file": (file) => withLength(file, BigInt(file.length)),
  "a header of no end": (file) => withLength(file, 2n ** 63n - 1n),
  "a header of nothing": (file) => withLength(file, 0n),
  "a header that ends early": (file) => withLength(file, file.readBigUInt64LE(0) - 1n),
};
const withLength = (file: Buffer, length: bigint): Buffer => {
  const copy = Buffer.from(file);
  copy.writeBigUInt64LE(length, 0);
  return copy;
};

function fileOf(random: RandomStream, fields: Fields, tensors: readonly Written[]): Buffer {
  const members = fields.map(([name, field]) => `${JSON.stringify(name)}:${JSON.stringify(field)}`);
  const gap = chance(random, 0.3) ? "\n \t" : "";
  const json = Buffer.from(`{${gap}${members.join(`,${gap}`)}}${" ".repeat(random.integer(9))}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...tensors.map(({ bytes }) => bytes)]);
}

/** What stands in the bytes, by arithmetic of its own. */
function valueAt({ dtype, bytes }: Written, i: number): number {
  switch (dtype) {
    case "F32":
      return bytes.readFloatLE(4 * i);
    case "I32":
      return bytes.readInt32LE(4 * i);
    case "BOOL":
      return bytes.readUInt8(i);
    case "BF16":
      return Buffer.concat([Buffer.alloc(2), bytes.subarray(2 * i, 2 * i + 2)]).readFloatLE(0);
    default:
      return halfAt(bytes.readUInt16LE(2 * i));
  }
}

/** IEEE 754, 16 bits: sign, five bits of exponent, ten of fraction. */
function halfAt(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function checkValues(path: string, tensors: readonly Written[]): void {
  const { tensors: read } = readSafetensors(path);
  for (const one of tensors) {
    const found = Object.hasOwn(read, one.name) ? read[one.name] : undefined;
    if (!found || found.data.length !== count(one.shape)) throw new Fault(`${JSON.stringify(one.name)} was not read`);
    for (let i = 0; i < found.data.length; i++) {
      const wanted = valueAt(one, i);
      if (!Object.is(found.data[i], wanted)) throw new Fault(`${one.dtype} ${i}: ${found.data[i]} for ${wanted}`);
    }
  }
  if (Object.keys(read).length !== tensors.length) throw new Fault(`${Object.keys(read)} were read`);
}

export const safetensorsHeaders: Target = {
  name: "safetensors headers",
  async run(random, folder) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "w.safetensors");
    const kind = oneOf(random, ["right", "right", "lie", "broken", "foreign"] as const);
    const chosen = names.filter(() => chance(random, 0.5));
    const tensors = chosen.map((name) => drawn(random, name, false));
    if (kind === "foreign" || tensors.length === 0) tensors.push(drawn(random, "last one", kind === "foreign"));
    const fields = fieldsOf(random, tensors);
    if (chance(random, 0.3)) fields.unshift(["__metadata__", { format: "pt", ünï: "🦊" }]);
    const lie = oneOf(random, Object.keys(lies));
    if (kind === "lie") lies[lie]?.(fields, random);
    let file = fileOf(random, fields, tensors);
    const damage = oneOf(random, Object.keys(broken));
    if (kind === "broken") file = broken[damage]?.(file, random) ?? file;
    writeFileSync(path, file);
    try {
      checkValues(path, tensors);
    } catch (error) {
      if (isRefusal(error) && kind !== "right") return `${kind}, refused`;
      throw error instanceof Fault
        ? new Fault(`${kind} ${lie} ${damage}: ${error.message}\n${file.toString("base64")}`)
        : error;
    }
    if (kind === "right") return "read to the value";
    throw new Fault(`${kind === "lie" ? lie : kind === "broken" ? damage : kind} was read\n${file.toString("base64")}`);
  },
};
