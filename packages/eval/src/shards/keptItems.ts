/**
 * @file What was found of each item of a set, in a file: ROOT/items/KEY.json. A shard keeps its own items there, and a
 * command that finds all of them measures nothing again.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "@sdtt/core/files";
import { canonicalJson } from "@sdtt/core/workspace";
import { hashOf } from "../record/hash.js";
import { rangeOf, type ShardNumber } from "./shard.js";

export interface ItemsPlace {
  readonly root: string;
  readonly shard?: ShardNumber | undefined;
}

/** What the items' figures depend on. */
export type ItemsIdentity = Readonly<Record<string, unknown>>;

const pathOf = (root: string, identity: ItemsIdentity): string =>
  join(root, "items", `${hashOf(canonicalJson(identity)).slice(0, 32)}.json`);

/**
 * The figure of each of the shard's items: as the file has them, or as `measure` finds those of [from, to).
 *
 * Without a shard all items are asked for; nothing is written then, as the store keeps what figures are made of.
 */
export async function keptItems<T>(
  { root, shard }: ItemsPlace,
  identity: ItemsIdentity,
  count: number,
  measure: (from: number, to: number) => Promise<T[]>,
): Promise<T[]> {
  const { from, to } = rangeOf(shard, count);
  const path = pathOf(root, identity);
  const have: T[] = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
  if (have.length === to - from) return have;
  const found = to > from ? await measure(from, to) : [];
  if (shard) writeFileAtomic(path, JSON.stringify(found));
  return found;
}
