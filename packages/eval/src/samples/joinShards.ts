/**
 * @file Shards put together: all of one evaluation, each once, whole, and made alike, or nothing at all.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { writeFileAtomic } from "@sdtt/core/files";
import { mergeStore } from "@sdtt/core/store";
import { canonicalJson, storePath } from "@sdtt/core/workspace";
import { readShard, type ShardFile } from "../shards/place.js";
import { rangeOf } from "../shards/shard.js";
import { loadSet, type SampleSet, saveSet } from "./sampleSet.js";

export interface FoundShard extends ShardFile {
  readonly folder: string;
}

const where = "merge";

/** The shards in the folders, or in all below ROOT/shards. Throws   UserError where there is none */
export function shardsIn(root: string, from: readonly string[]): FoundShard[] {
  const below = (folder: string) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []);
  const places = from.length > 0 ? from : below(join(root, "shards")).flatMap(below);
  const found = places.flatMap((folder): FoundShard[] => {
    const said = readShard(folder);
    if (said) return [{ ...said, folder }];
    if (from.length === 0) return [];
    throw userError(where, "a shard's folder must have a shard.json", folder, "Name the folders I-of-N themselves.");
  });
  if (found.length > 0) return found;
  throw userError(
    where,
    "there must be shards",
    `none in ${join(root, "shards")}`,
    "Run the parts first: --shard=1/N.",
  );
}

/** Those of one evaluation together: of one command and configuration. */
export function groupsOf(shards: readonly FoundShard[]): FoundShard[][] {
  const groups = new Map<string, FoundShard[]>();
  for (const shard of shards) {
    const key = canonicalJson([shard.command, shard.config]);
    groups.set(key, [...(groups.get(key) ?? []), shard]);
  }
  return [...groups.values()];
}

/** What is unlike in two configurations, in words. */
function difference(a: ShardFile, b: ShardFile): string {
  if (a.command !== b.command) return `${a.command} and ${b.command}`;
  const keys = [...new Set([...Object.keys(a.config), ...Object.keys(b.config)])];
  const unlike = keys.filter((key) => canonicalJson(a.config[key] ?? null) !== canonicalJson(b.config[key] ?? null));
  return unlike.map((key) => `${key} ${JSON.stringify(a.config[key])} and ${JSON.stringify(b.config[key])}`).join(", ");
}

/** Throws   UserError for shards of unlike configurations, where they were named as belonging together */
export function refuseUnlike([first, ...rest]: readonly FoundShard[]): void {
  for (const other of rest) {
    if (!first || canonicalJson([first.command, first.config]) === canonicalJson([other.command, other.config]))
      continue;
    const got = `${difference(first, other)} (${first.folder}, ${other.folder})`;
    throw userError(
      where,
      "shards must be of one configuration",
      got,
      "Run them again alike, or merge those that are.",
    );
  }
}

/**
 * The shards in order.
 *
 * Throws   UserError where one is missing, there twice, not done, or made by another kind of engine
 */
export function wholeOf(shards: readonly FoundShard[]): FoundShard[] {
  const [first] = shards as [FoundShard];
  const counts = [...new Set(shards.map(({ of }) => of))];
  if (counts.length > 1) {
    const got = counts.map((of) => `/${of}`).join(" and ");
    throw userError(where, "shards must be parts of one division", got, "Name those of one with --from.");
  }
  const engines = [...new Set(shards.map(({ engine }) => engine))];
  if (engines.length > 1) {
    const remedy = "Run the odd ones again with --engine and --device.";
    throw userError(where, "shards must be made by one kind of engine", engines.join(" and "), remedy);
  }
  return Array.from({ length: first.of }, (_, i) => {
    const name = `${i + 1}/${first.of}`;
    const found = shards.filter(({ index }) => index === i + 1);
    const [one] = found;
    const remedy = `Run it: eval:${first.command} … --shard=${name}`;
    if (!one) throw userError(where, `shard ${name} of ${first.command} must be there`, "none", remedy);
    if (found.length > 1) {
      const got = found.map(({ folder }) => folder).join(" and ");
      throw userError(where, `shard ${name} must be there once`, got, "Name one of them with --from.");
    }
    if (!one.isDone) throw userError(where, `shard ${name} must have come to its end`, one.folder, remedy);
    return one;
  });
}

/** Names of the files in a folder of every shard. */
const namesIn = (shards: readonly FoundShard[], part: string, ending: string): string[] => {
  const names = shards.flatMap(({ folder }) => (existsSync(join(folder, part)) ? readdirSync(join(folder, part)) : []));
  return [...new Set(names)].filter((name) => name.endsWith(ending)).sort();
};

/** Throws   UserError where a shard does not hold exactly its rows of the whole */
function checkCounts(what: string, shards: readonly FoundShard[], counts: readonly number[]): void {
  const total = counts.reduce((sum, count) => sum + count, 0);
  shards.forEach(({ index, of, folder }, i) => {
    const { from, to } = rangeOf({ index, of }, total);
    if (counts[i] === to - from) return;
    const remedy = "Remove that shard's folder and run it again.";
    throw userError(
      where,
      `${what} must hold ${to - from} rows in shard ${index}/${of}`,
      `${counts[i]} (${folder})`,
      remedy,
    );
  });
}

function joinedSets(sets: readonly SampleSet[]): SampleSet {
  return {
    ids: sets.flatMap(({ ids }) => ids),
    revealSteps: sets.flatMap(({ revealSteps }) => revealSteps),
    nfe: sets.flatMap(({ nfe }) => nfe),
    partnerPasses: sets.flatMap(({ partnerPasses = [] }) => partnerPasses),
    wallMs: sets.reduce((sum, { wallMs }) => sum + wallMs, 0),
  };
}

const jsonOf = (path: string, nothing: unknown) =>
  existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : nothing;

/** Samples, what judges said of them, and items of all shards, as one process would have kept them; then their rows. */
export function joinShards(root: string, shards: readonly FoundShard[]): void {
  const writes: (() => void)[] = [];
  for (const name of namesIn(shards, "samples", ".safetensors")) {
    const sets = shards.map(({ folder }) => loadSet(join(folder, "samples", name)));
    checkCounts(
      `samples ${name}`,
      shards,
      sets.map(({ ids }) => ids.length),
    );
    const path = join(root, "samples", name);
    writes.push(() => {
      const all = joinedSets(sets);
      if (loadSet(path).ids.length < all.ids.length) saveSet(path, all);
    });
  }
  for (const name of namesIn(shards, "samples", ".json")) {
    const scores = shards.map(({ folder }) => jsonOf(join(folder, "samples", name), { sums: [], counts: [] }));
    checkCounts(
      `scores ${name}`,
      shards,
      scores.map(({ sums }) => sums.length),
    );
    const all = { sums: scores.flatMap(({ sums }) => sums), counts: scores.flatMap(({ counts }) => counts) };
    const path = join(root, "samples", name);
    writes.push(() => {
      if (jsonOf(path, { sums: [] }).sums.length < all.sums.length) writeFileAtomic(path, JSON.stringify(all));
    });
  }
  for (const name of namesIn(shards, "items", ".json")) {
    const items: unknown[][] = shards.map(({ folder }) => jsonOf(join(folder, "items", name), []));
    checkCounts(
      `items ${name}`,
      shards,
      items.map(({ length }) => length),
    );
    writes.push(() => writeFileAtomic(join(root, "items", name), JSON.stringify(items.flat())));
  }
  mkdirSync(join(root, "samples"), { recursive: true });
  for (const write of writes) write();
  for (const { folder } of shards) mergeStore(storePath(folder), storePath(root));
}
