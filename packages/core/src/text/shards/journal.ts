/**
 * @file How the journal of a corpus goes on with each piece, and the manifest that it ends in.
 */
import { createHash } from "node:crypto";
import { userError } from "../../base/errors.js";
import { nothingToTrainOn, splits } from "../source/split.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { type EncodedPiece, perSplit } from "./encodePiece.js";
import type { Piece } from "./pieces.js";
import type { Journal, ShardManifest } from "./unfinished.js";

/** The journal with a piece more. */
export function advanced(journal: Journal, piece: Piece, { splits: made, digest, mended }: EncodedPiece): Journal {
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
  const both = {
    documents: (journal.mended?.documents ?? 0) + mended.documents,
    first: journal.mended?.first ?? mended.first,
  };
  const told = both.documents > 0 && both.first !== undefined ? { mended: { ...both, first: both.first } } : {};
  return { ...journal, pieces: journal.pieces + 1, cursor: piece.next, corpusHash, splits: sizes, ...told };
}

/** Throws   UserError where there is no text, or none to train on */
export function manifestOf({ order, corpusHash, splits: sizes, mended }: Journal, tokenizer: Tokenizer): ShardManifest {
  const total = splits.reduce((sum, split) => sum + sizes[split].documents, 0);
  const where = `corpus ${order.source}`;
  if (total === 0) {
    throw userError(where, "the corpus must hold text", "no document that is not empty", "Give a corpus with text.");
  }
  if (sizes.train.documents === 0) throw nothingToTrainOn(order.source, total);
  const { vocabSize } = tokenizer;
  return { version: 1, ...order, corpusHash, vocabSize, splits: sizes, ...(mended && { mended }) };
}
