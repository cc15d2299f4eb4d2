/** @file Makes single numbers of a fixtures folder wrong. */
import { readFileSync, writeFileSync } from "node:fs";

/** Adds `delta` to value `index` of an array. */
export function spoilNpy(path: string, index: number, delta: number): void {
  const bytes = readFileSync(path);
  const at = 10 + bytes.readUInt16LE(8) + 4 * index;
  bytes.writeFloatLE(bytes.readFloatLE(at) + delta, at);
  writeFileSync(path, bytes);
}

/** Adds `delta` to value `index` of one tensor. */
export function spoilTensor(path: string, tensor: string, index: number, delta: number): void {
  const bytes = readFileSync(path);
  const dataAt = 8 + Number(bytes.readBigUInt64LE(0));
  const at = dataAt + JSON.parse(bytes.toString("utf8", 8, dataAt))[tensor].data_offsets[0] + 4 * index;
  bytes.writeFloatLE(bytes.readFloatLE(at) + delta, at);
  writeFileSync(path, bytes);
}

/** Adds `delta` to the number at `keys`; turns a boolean over. */
export function spoilJson(path: string, keys: readonly (string | number)[], delta: number): void {
  const value = JSON.parse(readFileSync(path, "utf8"));
  const last = keys.at(-1) as string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of many forms
  const parent = keys.slice(0, -1).reduce((at: any, key) => at[key], value);
  parent[last] = typeof parent[last] === "boolean" ? !parent[last] : parent[last] + delta;
  writeFileSync(path, JSON.stringify(value));
}
