/**
 * @file Reads `packages/core/fixtures`: numbers that the published Python code gave, see the README there.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TensorMap } from "../base/tensor.js";
import { readSafetensors } from "../checkpoint/safetensors/safetensors.js";

const pathOf = (file: string) => fileURLToPath(new URL(`../../fixtures/${file}`, import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: JSON of many forms, each read by one test
export const publishedJson = (file: string): any => JSON.parse(readFileSync(pathOf(file), "utf8"));

/** Parameters by name, without the buffer of rotary frequencies, which is computed here. */
export function publishedWeights(file: string): TensorMap {
  const { "rotary_emb.inv_freq": _, ...tensors } = readSafetensors(pathOf(file)).tensors;
  return tensors;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0);
}
