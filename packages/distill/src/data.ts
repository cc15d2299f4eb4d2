/**
 * @file Prepared text: a tokenizer and its shards in one folder, made once for a source.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  loadTokenizer,
  openCorpus,
  openShard,
  prepareShards,
  type Shard,
  type ShardManifest,
  splitOf,
  type Tokenizer,
  trainTokenizer,
  userError,
} from "@sdtt/core";

export interface PreparedData {
  readonly tokenizer: Tokenizer;
  readonly train: Shard;
  readonly validation: Shard;
}

export interface PrepareOptions {
  readonly source: string;
  readonly out: string;
  /** A tokenizer.json to use; left out, one of `vocab` tokens is trained on the training documents. */
  readonly tokenizer?: string;
  readonly vocab: number;
}

/** Tokenises a source into `out`; the tokenizer sees training documents only. */
export function prepare({ source, out, tokenizer: path, vocab }: PrepareOptions): ShardManifest {
  const tokenizer = path ? loadTokenizer(path) : trainTokenizer(trainingTexts(source), vocab);
  const manifest = prepareShards({ source, tokenizer, out });
  tokenizer.save(join(out, "tokenizer.json"));
  return manifest;
}

function* trainingTexts(source: string): Iterable<string> {
  for (const document of openCorpus(source)) if (splitOf(document) === "train") yield document.text;
}

/**
 * Opens what `prepare` made, preparing it first where it is not there yet.
 *
 * Throws   UserError when it was prepared with another tokenizer than the one asked for
 */
export function openData(options: PrepareOptions): PreparedData {
  const { out } = options;
  if (!existsSync(join(out, "manifest.json")) || !existsSync(join(out, "tokenizer.json"))) prepare(options);
  const tokenizer = loadTokenizer(join(out, "tokenizer.json"));
  const asked = options.tokenizer ? loadTokenizer(options.tokenizer) : tokenizer;
  if (asked.hash !== tokenizer.hash) {
    const got = `${tokenizer.hash.slice(0, 12)} in it, ${asked.hash.slice(0, 12)} in ${options.tokenizer}`;
    const remedy = "Give another --data folder; text is prepared in one that is empty.";
    throw userError(`data ${out}`, "its tokenizer must be the one asked for", got, remedy);
  }
  const shard = (split: string) => openShard(join(out, `${split}.bin`), tokenizer.hash);
  return { tokenizer, train: shard("train"), validation: shard("validation") };
}

/** Refuses, before anything is written, text that does not fill one row. */
export function checkLength(where: string, { count }: Shard, length: number): void {
  if (count >= length) return;
  const rule = `the training text must hold at least ${length} tokens (one row)`;
  throw userError(where, rule, count, "Give more text or choose a shorter --length.");
}
