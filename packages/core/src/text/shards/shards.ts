/**
 * @file A corpus as token shards on disk: train.bin, validation.bin, test.bin, tokenizer.json and manifest.json.
 *
 * Pieces of the source are encoded by many threads and appended in the order of the source, so that the files do not
 * depend on the number of threads, nor on where an earlier attempt was cut off. The manifest comes last: a folder
 * without one is not a prepared corpus.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../base/errors.js";
import { availableThreads } from "../../base/processors.js";
import { sayOnce } from "../../base/sayOnce.js";
import { explainWriteError } from "../../files/atomic.js";
import { lockRun, type RunLock } from "../../files/lock.js";
import { refuseChange, rememberHashes } from "../source/fingerprint.js";
import { type Listing, listSource } from "../source/listing.js";
import { openSource, type Source } from "../source/source.js";
import { splits } from "../source/split.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { CorpusOptions, EncodedPiece } from "./encodePiece.js";
import { advanced, manifestOf } from "./journal.js";
import { corpusOptions, fingerprintIn, refuseOther } from "./order.js";
import { cutPieces, type Piece, type PieceOptions, usualPieceBytes } from "./pieces.js";
import { openPool, type Pool } from "./pool.js";
import type { Journal, Order, PartFiles, ShardManifest } from "./unfinished.js";
import * as unfinished from "./unfinished.js";

export { holdsSource, isPreparedFrom, sourceFingerprint } from "./order.js";
export { type Ids, openShard, type Shard, type ShardHeader } from "./shardFile.js";
export type { ShardManifest, SplitSize } from "./unfinished.js";

/** What happens while a corpus is prepared. */
export interface PrepareEvent {
  readonly step: "hashing" | "waiting" | "begun" | "appended" | "committed" | "renamed";
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
  const corpus = corpusOptions(options);
  const listing = listSource(given, corpus.format);
  sayOnce(listing.note);
  const totalBytes = listing.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const tell = teller(options.on, totalBytes);
  const onHashed = (readBytes: number) =>
    options.on?.({ step: "hashing", pieces: 0, readBytes, totalBytes, textBytes: 0 });
  const fingerprint = fingerprintIn([out], listing, onHashed);
  const order = { source: given, ...fingerprint.order, tokenizerHash: tokenizer.hash, options: { ...corpus } };
  const isFinished = existsSync(unfinished.manifestFile(out));
  const source = isFinished ? { given, files: [] } : await openSource(listing, corpus.column);
  try {
    mkdirSync(out, { recursive: true });
    const lock = await lockFolder(out, () => tell("waiting"));
    try {
      const made = await prepareLocked({ ...options, corpus, totalBytes, listing }, source, order, tell);
      rememberHashes(out, fingerprint.files);
      return made;
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

interface Job extends PrepareShardsOptions {
  readonly corpus: CorpusOptions;
  readonly totalBytes: number;
  readonly listing: Listing;
}

async function prepareLocked(job: Job, source: Source, order: Order, tell: Tell): Promise<PreparedShards> {
  const { out, tokenizer } = job;
  const manifest = unfinished.readManifest(out);
  if (manifest) {
    refuseOther(job, manifest, order);
    rmSync(join(out, "progress.json"), { force: true });
    return { manifest, wasThere: true, keptPieces: 0 };
  }
  const journal = journalOf(job, order);
  if (!journal.manifest) tokenizer.save(join(out, "tokenizer.json"));
  const done = journal.manifest ? journal : await encodeAll(job, source, journal, tell);
  const made = done.manifest as ShardManifest;
  unfinished.publish(out, made, () => tell("renamed", done, job.totalBytes));
  return { manifest: made, wasThere: false, keptPieces: journal.pieces };
}

/** The journal of what was begun, or a new one; what another version began is begun anew, as it read text otherwise. */
function journalOf(job: Job, order: Order): Journal {
  const found = unfinished.readJournal(job.out);
  if (!found) return unfinished.newJournal(order);
  refuseOther(job, found.order, order);
  if (found.order.fingerprintVersion === order.fingerprintVersion) return found;
  unfinished.discardParts(job.out);
  return unfinished.newJournal(order);
}

/** Encodes from the journal's place to the end of the source; gives the journal, which then holds the manifest. */
async function encodeAll(job: Job, source: Source, begun: Journal, tell: Tell): Promise<Journal> {
  const { out, tokenizer, corpus, workers = availableThreads(), pieceBytes = usualPieceBytes } = job;
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
    refuseChanged(job);
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

/** What was made of a source that changed meanwhile is of no use to anybody. */
function refuseChanged({ listing, out }: Job): void {
  try {
    refuseChange(listing);
  } catch (error) {
    unfinished.discardParts(out);
    throw error;
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
