/**
 * @file Prepared text: a tokenizer and its shards in one folder, made once for a source.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { startProgress, userError } from "@sdtt/core/base";
import {
  type CorpusOptions,
  type Format,
  holdsSource,
  isPreparedFrom,
  listSource,
  loadTokenizer,
  openShard,
  type PreparedShards,
  type PrepareEvent,
  preparedFolders,
  prepareShards,
  readTrainingTexts,
  type Shard,
  sourceFingerprint,
  type Tokenizer,
  trainTokenizerOn,
} from "@sdtt/core/text";

export interface PreparedData {
  readonly tokenizer: Tokenizer;
  readonly train: Shard;
  readonly validation: Shard;
  /** Where it lies. */
  readonly folder: string;
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
  if (!isBegun) return trainTokenizerOn(readTrainingTexts(source, corpus), vocab);
  const kept = loadTokenizer(join(out, "tokenizer.json"));
  if (kept.vocabSize === vocab) return kept;
  const rule = `its tokenizer must be of ${vocab} tokens (--vocab)`;
  throw userError(`prepare ${out}`, rule, kept.vocabSize, "Give another --out, or the tokenizer it was begun with.");
}

const megabytes = (bytes: number) => Number((bytes / 1e6).toPrecision(3));

/** Bytes whose hash takes long enough to be told of. */
const slowToHash = 2 ** 30;

/** Says on standard error how far it is, and what else a user would wonder about. */
function teller(out: string): (event: PrepareEvent) => void {
  let progress: ReturnType<typeof startProgress> | undefined;
  let begunText = 0;
  let begunMs = 0;
  return ({ step, pieces, readBytes, totalBytes, textBytes }) => {
    if (step === "hashing" && totalBytes >= slowToHash) {
      progress ??= startProgress({ label: "hash of the source", total: megabytes(totalBytes), unit: "MB", from: 0 });
      progress.update(megabytes(readBytes));
      if (readBytes < totalBytes) return;
      progress.done();
      progress = undefined;
    }
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

export interface DataRequest {
  readonly root: string;
  /** Left out: what `data` holds, whatever has become of its source. */
  readonly source?: string | undefined;
  /** A folder of prepared text; left out, one below the root that is named by what it holds. */
  readonly data?: string | undefined;
  /** A tokenizer.json to use; left out, one of `vocab` tokens is trained. */
  readonly tokenizer?: string | undefined;
  readonly vocab: number;
}

/**
 * Opens prepared text, preparing it first where it is not there yet.
 *
 * Text is never known by the name of its source alone: the folder's name ends with the hash of the source's names and
 * bytes, so that a file that was changed, or another of the same name, is prepared anew beside the old.
 *
 * Throws   UserError when the folder given was prepared from another source or with another tokenizer than asked for
 */
export async function openData({ root, source, data, tokenizer: file, vocab }: DataRequest): Promise<PreparedData> {
  const asked = file === undefined ? undefined : loadTokenizer(file);
  const out = data ?? dataFolder(root, source ?? "embedded", asked, vocab);
  const isThere = ["manifest.json", "tokenizer.json"].every((name) => existsSync(join(out, name)));
  if (!isThere)
    await prepare({ source: source ?? "embedded", out, vocab, ...(file !== undefined && { tokenizer: file }) });
  const tokenizer = loadTokenizer(join(out, "tokenizer.json"));
  if (asked && !asked.isKnownAs(tokenizer.hash)) {
    const got = `${tokenizer.hash.slice(0, 12)} in it, ${asked.hash.slice(0, 12)} in ${file}`;
    const remedy = "Give another --data folder; text is prepared in one that is empty.";
    throw userError(`data ${out}`, "its tokenizer must be the one asked for", got, remedy);
  }
  if (isThere) refuseOther(out, { source, vocab, asked, tokenizer, isGiven: data !== undefined });
  const shard = (split: string) => openShard(join(out, `${split}.bin`), tokenizer);
  return { tokenizer, train: shard("train"), validation: shard("validation"), folder: resolve(out) };
}

interface Asked {
  readonly source: string | undefined;
  readonly vocab: number;
  readonly asked: Tokenizer | undefined;
  readonly tokenizer: Tokenizer;
  readonly isGiven: boolean;
}

/** Refuses a folder that was there and holds another text, or tokens of another size, than are asked for. */
function refuseOther(out: string, { source, vocab, asked, tokenizer, isGiven }: Asked): void {
  // The embedded corpus is what nobody asked for: then a folder that was given has the word.
  const isMeant = source !== undefined && (!isGiven || source !== "embedded");
  if (isMeant && !holdsSource(out, source)) {
    const remedy = isGiven ? "Leave out --data, and it is prepared; or leave out --source." : "Remove the folder.";
    throw userError(`data ${out}`, "it must have been prepared from the source", `${source}, as it is now`, remedy);
  }
  if (isGiven || asked || tokenizer.vocabSize === vocab) return;
  const rule = `its tokenizer must be of ${vocab} tokens (--vocab)`;
  throw userError(`data ${out}`, rule, tokenizer.vocabSize, "Give another --data folder, or remove this one.");
}

/** The folder of a source's prepared text below a root; that of an earlier version where it still holds just this. */
export function dataFolder(
  root: string,
  source: string,
  tokenizer: Tokenizer | undefined,
  vocab: number,
  format: Format = "auto",
): string {
  const folder = (...parts: readonly (string | number)[]) => join(root, "data", parts.join("-"));
  const made = tokenizer ? tokenizer.hash.slice(0, 12) : vocab;
  const earlier = source.replace(/\W+/g, "-");
  if (listSource(source, format).embedded) return folder(earlier, made);
  for (const old of [folder(earlier, made), folder(earlier, vocab)]) {
    if (isPreparedFrom(old, { source, ...(tokenizer && { tokenizer }) })) return old;
  }
  const name = basename(resolve(source))
    .replace(/[^\p{L}\p{N}._]+/gu, "-")
    .slice(0, 40);
  return folder(name, made, sourceFingerprint(source, preparedFolders(root), format).slice(0, 12));
}

/** The source that a folder of prepared text was made of; undefined where none was prepared. */
export function preparedSource(folder: string): string | undefined {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) return undefined;
  const { source } = JSON.parse(readFileSync(path, "utf8")) as { readonly source?: unknown };
  return typeof source === "string" ? source : undefined;
}

/** Refuses, before anything is written, text that does not fill one row. */
export function checkLength(where: string, { count }: Shard, length: number): void {
  if (count >= length) return;
  const rule = `the training text must hold at least ${length} tokens (one row)`;
  throw userError(where, rule, count, "Give more text or choose a shorter --length.");
}
