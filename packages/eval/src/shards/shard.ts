/**
 * @file A shard of an evaluation: which rows are its own. Row i is drawn by the seed and i, so it is the same in any shard.
 */
import { z } from "zod";

export interface ShardNumber {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

const written = /^([1-9]\d*)\/([1-9]\d*)$/;

export function parseShard(text: string): ShardNumber | undefined {
  const [, index, of] = (written.exec(text) ?? []).map(Number);
  return index !== undefined && of !== undefined && index <= of ? { index, of } : undefined;
}

export const shardFlag = {
  shard: z
    .string()
    .refine((text) => parseShard(text) !== undefined, "must be I/N with I from 1 to N, as in 2/16")
    .optional()
    .describe("only this part of the rows, as in 2/16, into a place of its own; `merge` puts all N together"),
};

/** The rows of a shard: neighbours, from `from` and before `to`. Every row is in one shard. */
export function rangeOf(shard: ShardNumber | undefined, count: number): { readonly from: number; readonly to: number } {
  if (!shard) return { from: 0, to: count };
  const edge = (index: number) => Math.floor((count * index) / shard.of);
  return { from: edge(shard.index - 1), to: edge(shard.index) };
}
