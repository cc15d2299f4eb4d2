/**
 * @file Where a shard works: ROOT/shards/COMMAND-KEY/I-of-N, with a store, samples and items of its own.
 *
 * KEY is of everything that changes a figure, so shards of unlike configurations never lie side by side. shard.json says
 * what the shard is of, and whether it came to its end.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Engine } from "@sdtt/core/engine";
import { lockRun, writeFileAtomic } from "@sdtt/core/files";
import { canonicalJson } from "@sdtt/core/workspace";
import { hashOf } from "../record/hash.js";
import { parseShard, type ShardNumber } from "./shard.js";

/** What shard.json says. */
export interface ShardFile {
  readonly command: string;
  readonly index: number;
  readonly of: number;
  /** The command's options but for the place, the shard, and what changes no figure. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly engine: string;
  readonly isDone: boolean;
}

export interface Place {
  /** Where samples, items and rows go. */
  readonly root: string;
  readonly shard?: ShardNumber | undefined;
  /** Does `work`; a shard is then done. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

const placing = new Set(["root", "shard", "threads", "sequences", "name", "json"]);

const counting = (config: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !placing.has(key)));

export const shardFile = (folder: string): string => join(folder, "shard.json");

export function readShard(folder: string): ShardFile | undefined {
  return existsSync(shardFile(folder)) ? JSON.parse(readFileSync(shardFile(folder), "utf8")) : undefined;
}

/** The engine's name and device: another kind of either may round otherwise. */
const kindOf = ({ name }: Engine, config: Readonly<Record<string, unknown>>): string =>
  `${name}, ${config.device ?? "cpu"}`;

/**
 * The place of a command's work: the root itself, or the shard's own.
 *
 * Throws   UserError where another process works on the same shard
 */
export function placeOf(
  command: string,
  { root, shard: asked }: { readonly root: string; readonly shard?: string | undefined },
  config: Readonly<Record<string, unknown>>,
  engine: Engine,
): Place {
  const shard = asked === undefined ? undefined : parseShard(asked);
  if (!shard) return { root, during: (work) => work() };
  const kept = counting(config);
  const key = hashOf(canonicalJson({ command, kept })).slice(0, 12);
  const folder = join(resolve(root), "shards", `${command}-${key}`, `${shard.index}-of-${shard.of}`);
  mkdirSync(folder, { recursive: true });
  const note = (isDone: boolean) => {
    const said: ShardFile = { command, ...shard, config: kept, engine: kindOf(engine, config), isDone };
    writeFileAtomic(shardFile(folder), `${JSON.stringify(said, null, 2)}\n`);
  };
  return {
    root: folder,
    shard,
    async during(work) {
      const lock = lockRun(folder);
      try {
        if (!readShard(folder)?.isDone) note(false);
        const made = await work();
        note(true);
        process.stdout.write(`shard ${shard.index}/${shard.of} is done: ${folder}\n`);
        return made;
      } finally {
        lock.release();
      }
    },
  };
}
