/**
 * @file Whole sets of parameters, averages or gradients against a published file.
 */
import type { TensorMap } from "@sdtt/core/base";
import { checkCount, largest, type Row } from "./rows.js";

/**
 * Values that may be further away than the tolerance: where a gradient is next to nothing, AdamW's g/(|g| + eps)
 * makes rounding as large as the learning rate.
 */
export interface Outliers {
  /** Whether a value's published gradient, after clipping, is that small and not 0. */
  isExposed(tensor: string, index: number): boolean;
  /** How far such a value may be: the learning rate, once an update. */
  readonly reach: number;
  /** How many there may be. */
  readonly count: number;
}

/** A gradient, after clipping, of the order of AdamW's eps of 1e-8. */
const smallGradient = 1e-7;

/** Outliers after some updates, from the gradients of the first one: a few, as a share of those that could be. */
export function outliersFrom(gradients: TensorMap, clip: number, reach: number): Outliers {
  const isSmall = (gradient: number) => gradient !== 0 && Math.abs(gradient * clip) < smallGradient;
  const exposed = Object.values(gradients).reduce((sum, { data }) => sum + Array.from(data).filter(isSmall).length, 0);
  const isExposed = (tensor: string, i: number) => isSmall(gradients[tensor]?.data[i] ?? 0);
  return { isExposed, reach, count: Math.max(8, exposed / 8) };
}

export function largestOf(tensors: TensorMap): number {
  return Object.values(tensors).reduce((most, { data }) => Math.max(most, largest(data)), 0);
}

/** One row for all tensors of a file; says which tensor is the furthest, and how many outliers were let pass. */
export function tensorRow(
  name: string,
  got: TensorMap,
  published: TensorMap,
  tolerance: number,
  outliers?: Outliers,
): Row {
  let [difference, worst, passed, values] = [0, "", 0, 0];
  for (const [tensor, { data: wanted }] of Object.entries(published)) {
    const ours = got[tensor]?.data ?? [];
    checkCount(`${name}, ${tensor}`, ours, wanted);
    values += wanted.length;
    for (let i = 0; i < wanted.length; i++) {
      const distance = Math.abs((wanted[i] as number) - (ours[i] as number));
      if (distance > tolerance && outliers?.isExposed(tensor, i) && distance <= outliers.reach) passed++;
      else if (!(distance <= difference)) [difference, worst] = [distance, tensor];
    }
  }
  const missing = Object.keys(got).filter((tensor) => !(tensor in published));
  const notes = [worst && `worst ${worst}`, passed > 0 && `${passed} outliers`, ...missing.map((one) => `no ${one}`)];
  const isOk = difference <= tolerance && passed <= (outliers?.count ?? 0) && missing.length === 0;
  return { name, difference, tolerance, values, isOk, note: notes.filter(Boolean).join(", ") };
}
