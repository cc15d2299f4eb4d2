/**
 * @file A corpus as token shards on disk: train.bin, validation.bin, test.bin, tokenizer.json and manifest.json.
 *
 * Pieces of the source are encoded by many threads and appended in the order of the source, so that the files do not
 * depend on the number of threads, nor on where an earlier attempt was cut off. The manifest comes last: a folder
 * without one is not a prepared corpus.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError, userError } from "../../base/errors.js";
import { explainWriteError } from "../../files/atomic.js";
import { lockRun, type RunLock } from "../../files/lock.js";
import { fingerprintOf, openSource, type Source } from "../source/source.js";
import { splits } from "../source/split.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { type CorpusOptions, type EncodedPiece, perSplit, plainCorpus } from "./encodePiece.js";
import { checkFiles, cutPieces, type Piece, type PieceOptions, usualPieceBytes } from "./pieces.js";
import { openPool, type Pool } from "./pool.js";
import type { Journal, Order, PartFiles, ShardManifest } from "./unfinished.js";
import * as unfinished from "./unfinished.js";

export { type Ids, openShard, type Shard, type ShardHeader } from "./shardFile.js";
export type { ShardManifest, SplitSize } from "./unfinished.js";

/** What happens while a corpus is prepared. */
export interface PrepareEvent {
  readonly step: "waiting" | "begun" | "appended" | "committed" | "renamed";
  /** Pieces that are done. */
  readonly pieces: number;
  /** Bytes of the source read so far and in all, as they lie on the disk. */
  readonly readBytes: number;
  readonly totalBytes: number;
  /** Bytes of text encoded so far. */
  readonly textBytes: number;
}

export interface PrepareShardsOptions extends Partial<CorpusOptions>, Pick<PieceOptions, "pieceBytes"> {
  readonly source: string;
  readonly tokenizer: Tokenizer;
  readonly out: string;
  /** Threads that encode; left out, one for each core. */
  readonly workers?: number;
  readonly on?: (event: PrepareEvent) => void;
}

export interface PreparedShards {
  readonly manifest: ShardManifest;
  /** Whether the folder held it all before. */
  readonly wasThere: boolean;
  /** Pieces of an earlier attempt that were kept. */
  readonly keptPieces: number;
}

/**
 * Encodes a corpus and writes its shards; documents of white space alone are left out.
 *
 * Holds    shards are the same bytes with any number of workers, and after being killed and started again at any point
 * Holds    a folder that is finished is left as it is
 * Throws   UserError when the source cannot be read or holds no text, when the folder was prepared from something else,
 *          or when the disk is full
 */
export async function prepareShards(options: PrepareShardsOptions): Promise<PreparedShards> {
  const { source: given, tokenizer, out } = options;
  const source = openSource(given);
  const corpus = corpusOptions(options);
  const tokenizerHash = tokenizer.hash;
  const order = { source: given, fingerprint: fingerprintOf(source), tokenizerHash, options: { ...corpus } };
  if (!existsSync(unfinished.manifestFile(out))) await checkFiles(source, corpus.column);
  const totalBytes = source.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const tell = teller(options.on, totalBytes);
  try {
    mkdirSync(out, { recursive: true });
    const lock = await lockFolder(out, () => tell("waiting"));
    try {
      return await prepareLocked({ ...options, corpus, totalBytes }, source, order, tell);
    } finally {
      lock.release();
    }
  } catch (error) {
    throw explainWriteError(out, error);
  }
}

type Tell = (step: PrepareEvent["step"], journal?: Journal, readBytes?: number) => void;

function teller(on: PrepareShardsOptions["on"] = () => {}, totalBytes = 0): Tell {
  return (step, journal, readBytes = 0) => {
    const textBytes = journal ? splits.reduce((sum, split) => sum + journal.splits[split].textBytes, 0) : 0;
    on({ step, pieces: journal?.pieces ?? 0, readBytes, totalBytes, textBytes });
  };
}

function corpusOptions(options: PrepareShardsOptions): CorpusOptions {
  const { column, field, documents, detokenizer } = { ...plainCorpus, ...options };
  return { column, field, documents, detokenizer, ...(options.limit !== undefined && { limit: options.limit }) };
}

/** One process prepares a folder; others wait, and find it finished. */
async function lockFolder(out: string, onWait: () => void): Promise<RunLock> {
  for (let waits = 0; ; waits++) {
    try {
      return lockRun(out);
    } catch (error) {
      if (!(error instanceof UserError) || !existsSync(join(out, "run.lock"))) throw error;
      if (waits === 0) onWait();
      await sleep(500);
    }
  }
}

type Job = PrepareShardsOptions & { readonly corpus: CorpusOptions; readonly totalBytes: number };

async function prepareLocked(job: Job, source: Source, order: Order, tell: Tell): Promise<PreparedShards> {
  const { out, tokenizer } = job;
  const manifest = unfinished.readManifest(out);
  if (manifest) {
    refuseOther(out, manifest, order, tokenizer);
    rmSync(join(out, "progress.json"), { force: true });
    return { manifest, wasThere: true, keptPieces: 0 };
  }
  const found = unfinished.readJournal(out);
  if (found) refuseOther(out, found.order, order, tokenizer);
  const journal = found ?? unfinished.newJournal(order);
  if (!journal.manifest) tokenizer.save(join(out, "tokenizer.json"));
  const done = journal.manifest ? journal : await encodeAll(job, source, journal, tell);
  const made = done.manifest as ShardManifest;
  unfinished.publish(out, made, () => tell("renamed", done, job.totalBytes));
  return { manifest: made, wasThere: false, keptPieces: journal.pieces };
}

/** Refuses a folder that holds, in part or in full, something else than what is asked for. */
function refuseOther(out: string, held: Partial<Order>, asked: Order, tokenizer: Tokenizer): void {
  const refuse = (rule: string, got: unknown) => {
    throw userError(`prepare ${out}`, rule, got, "Give another --out, or remove this folder.");
  };
  const changed = Object.entries({ ...asked.options, ...held.options }).flatMap(([name]) => {
    const [before, now] = [held.options?.[name], asked.options[name]];
    return before === now ? [] : [`${name} ${before ?? "none"} → ${now ?? "none"}`];
  });
  if (!tokenizer.isKnownAs(held.tokenizerHash ?? "")) {
    const got = `${held.tokenizerHash?.slice(0, 12)} → ${asked.tokenizerHash.slice(0, 12)}`;
    refuse("the tokenizer must be the one it was begun with", got);
  }
  if (held.options && changed.length > 0) refuse("the options must be those it was begun with", changed.join(", "));
  if (held.fingerprint === undefined ? held.source === asked.source : held.fingerprint === asked.fingerprint) return;
  const others =
    held.source === asked.source ? "other files, or files of other sizes" : `${held.source} → ${asked.source}`;
  refuse("the source must be as it was when it was begun", others);
}

/** Encodes from the journal's place to the end of the source; gives the journal, which then holds the manifest. */
async function encodeAll(job: Job, source: Source, begun: Journal, tell: Tell): Promise<Journal> {
  const { out, tokenizer, corpus, workers = availableParallelism(), pieceBytes = usualPieceBytes } = job;
  const pieces = cutPieces(source, { ...corpus, pieceBytes }, begun.cursor);
  const data = { tokenizerFile: join(out, "tokenizer.json"), options: corpus };
  const pool = openPool(tokenizer, data, Math.min(workers, Math.ceil(job.totalBytes / pieceBytes)));
  let parts: PartFiles | undefined;
  let journal = begun;
  try {
    parts = unfinished.openParts(out, tokenizer, begun);
    tell("begun", journal);
    for await (const [piece, encoded] of inOrder(pieces, pool)) {
      parts.append(encoded);
      journal = advanced(journal, piece, encoded);
      tell("appended", journal, piece.readBytes);
      parts.commit(journal);
      tell("committed", journal, piece.readBytes);
    }
    const manifest = manifestOf(journal, tokenizer);
    parts.finish(manifest.corpusHash);
    const complete = { ...journal, manifest };
    parts.commit(complete);
    return complete;
  } catch (error) {
    if (journal.splits.train.documents === 0) unfinished.discardParts(out);
    throw error;
  } finally {
    parts?.close();
    await pool.close();
  }
}

/** The pieces with their ids, in order, while the next ones are being encoded: at most two for each thread. */
async function* inOrder(pieces: AsyncIterable<Piece>, pool: Pool): AsyncGenerator<[Piece, EncodedPiece]> {
  const ahead: { piece: Piece; encoded: Promise<EncodedPiece> }[] = [];
  const most = pool.workers > 1 ? 2 * pool.workers : 1;
  for await (const piece of pieces) {
    const encoded = pool.encode(piece);
    encoded.catch(() => {});
    ahead.push({ piece, encoded });
    const first = ahead.length >= most ? ahead.shift() : undefined;
    if (first) yield [first.piece, await first.encoded];
  }
  for (const { piece, encoded } of ahead) yield [piece, await encoded];
}

function advanced(journal: Journal, piece: Piece, { splits: made, digest }: EncodedPiece): Journal {
  const chained = createHash("sha256").update(journal.corpusHash, "hex").update(digest, "hex").digest("hex");
  const sizes = perSplit((split) => {
    const { file, documents, tokens, textBytes } = journal.splits[split];
    const more = made[split];
    return {
      file,
      documents: documents + more.documents,
      tokens: tokens + more.ids.length,
      textBytes: textBytes + more.textBytes,
    };
  });
  const corpusHash = journal.pieces === 0 ? digest : chained;
  return { ...journal, pieces: journal.pieces + 1, cursor: piece.next, corpusHash, splits: sizes };
}

function manifestOf({ order, corpusHash, splits: sizes }: Journal, tokenizer: Tokenizer): ShardManifest {
  const total = splits.reduce((sum, split) => sum + sizes[split].documents, 0);
  const where = `corpus ${order.source}`;
  if (total === 0) {
    throw userError(where, "the corpus must hold text", "no document that is not empty", "Give a corpus with text.");
  }
  if (sizes.train.documents === 0) {
    const rule = "the training split must hold a document";
    const remedy = "Give more documents: files in a folder, lines of JSONL, or <|endoftext|> between them in a file.";
    throw userError(where, rule, `${total} in other splits`, remedy);
  }
  const { source, fingerprint, tokenizerHash, options } = order;
  const { vocabSize } = tokenizer;
  return { version: 1, source, fingerprint, options, tokenizerHash, corpusHash, vocabSize, splits: sizes };
}
