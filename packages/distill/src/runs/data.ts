/**
 * @file Prepared text: a tokenizer and its shards in one folder, made once for a source.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type CorpusOptions,
  loadTokenizer,
  openShard,
  type PreparedShards,
  type PrepareEvent,
  prepareShards,
  readTexts,
  type Shard,
  startProgress,
  type Tokenizer,
  trainTokenizerOn,
  userError,
} from "@sdtt/core";

export interface PreparedData {
  readonly tokenizer: Tokenizer;
  readonly train: Shard;
  readonly validation: Shard;
}

export interface PrepareOptions extends Partial<CorpusOptions> {
  readonly source: string;
  readonly out: string;
  /** A tokenizer.json to use; left out, one of `vocab` tokens is trained on the training documents. */
  readonly tokenizer?: string;
  readonly vocab: number;
  readonly workers?: number;
}

/** Tokenises a source into `out`, telling its progress; the tokenizer sees training documents only. */
export async function prepare(options: PrepareOptions): Promise<PreparedShards> {
  const { tokenizer: _, vocab: __, ...rest } = options;
  const tokenizer = await tokenizerFor(options);
  return prepareShards({ ...rest, tokenizer, on: teller(options.out) });
}

/** The tokenizer that is asked for, that was begun with, or a new one. */
async function tokenizerFor({ tokenizer, out, source, vocab, ...corpus }: PrepareOptions): Promise<Tokenizer> {
  if (tokenizer) return loadTokenizer(tokenizer);
  const isBegun = ["manifest.json", "progress.json"].some((name) => existsSync(join(out, name)));
  if (!isBegun) return trainTokenizerOn(readTexts(source, "train", corpus), vocab);
  const kept = loadTokenizer(join(out, "tokenizer.json"));
  if (kept.vocabSize === vocab) return kept;
  const rule = `its tokenizer must be of ${vocab} tokens (--vocab)`;
  throw userError(`prepare ${out}`, rule, kept.vocabSize, "Give another --out, or the tokenizer it was begun with.");
}

const megabytes = (bytes: number) => Number((bytes / 1e6).toFixed(1));

/** Says on standard error how far it is, and what else a user would wonder about. */
function teller(out: string): (event: PrepareEvent) => void {
  let progress: ReturnType<typeof startProgress> | undefined;
  let begunText = 0;
  let begunMs = 0;
  return ({ step, pieces, readBytes, totalBytes, textBytes }) => {
    if (step === "waiting") process.stderr.write(`${out} is being prepared by another process; waiting for it\n`);
    if (step === "begun") {
      if (pieces > 0) process.stderr.write(`${out}: going on after ${pieces} pieces\n`);
      [begunText, begunMs] = [textBytes, performance.now()];
      progress = startProgress({ label: "prepare", total: megabytes(totalBytes), unit: "MB", from: 0 });
    }
    const rate = (textBytes - begunText) / 1e3 / Math.max(1, performance.now() - begunMs);
    if (step === "committed") progress?.update(megabytes(readBytes), `text ${rate.toFixed(1)} MB/s`);
    if (step === "renamed") {
      progress?.done();
      progress = undefined;
    }
  };
}

/**
 * Opens what `prepare` made, preparing it first where it is not there yet.
 *
 * Throws   UserError when it was prepared with another tokenizer than the one asked for
 */
export async function openData(options: PrepareOptions): Promise<PreparedData> {
  const { out } = options;
  if (!existsSync(join(out, "manifest.json")) || !existsSync(join(out, "tokenizer.json"))) await prepare(options);
  const tokenizer = loadTokenizer(join(out, "tokenizer.json"));
  const asked = options.tokenizer ? loadTokenizer(options.tokenizer) : tokenizer;
  if (!asked.isKnownAs(tokenizer.hash)) {
    const got = `${tokenizer.hash.slice(0, 12)} in it, ${asked.hash.slice(0, 12)} in ${options.tokenizer}`;
    const remedy = "Give another --data folder; text is prepared in one that is empty.";
    throw userError(`data ${out}`, "its tokenizer must be the one asked for", got, remedy);
  }
  const shard = (split: string) => openShard(join(out, `${split}.bin`), tokenizer);
  return { tokenizer, train: shard("train"), validation: shard("validation") };
}

/** Refuses, before anything is written, text that does not fill one row. */
export function checkLength(where: string, { count }: Shard, length: number): void {
  if (count >= length) return;
  const rule = `the training text must hold at least ${length} tokens (one row)`;
  throw userError(where, rule, count, "Give more text or choose a shorter --length.");
}
