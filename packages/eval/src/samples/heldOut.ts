/**
 * @file Pieces of held-out text as long as a sample: what samples are compared with, and what prompts are cut from.
 */
import { type Document, readDocuments, splitOf, type Tokenizer, userError } from "@sdtt/core";
import type { Sampled } from "../metrics/contract.js";

export interface PieceOptions {
  /** Tokens of a piece. */
  readonly length: number;
  /** Pieces, spread over all there are. */
  readonly most: number;
  /** Documents with end-of-text between them, as a model was trained on them; otherwise no piece crosses one. */
  readonly joined: boolean;
}

/** Whole pieces of the test documents. */
export async function heldOutPieces(
  corpus: string,
  tokenizer: Tokenizer,
  { length, most, joined }: PieceOptions,
): Promise<Sampled[]> {
  const held: Document[] = [];
  for await (const document of readDocuments(corpus)) if (splitOf(document) === "test") held.push(document);
  const encoded = tokenizer.encodeBatch(held.map(({ text }) => text));
  const rows = joined ? [Int32Array.from(encoded.flatMap((ids) => [...ids, tokenizer.endOfText]))] : encoded;
  const pieces = rows.flatMap((ids) => {
    const whole = Math.floor(ids.length / length);
    return Array.from({ length: whole }, (_, i) => ids.slice(i * length, (i + 1) * length));
  });
  const count = Math.min(most, pieces.length);
  return Array.from({ length: count }, (_, i) => {
    const ids = pieces[Math.floor((i * pieces.length) / count)] as Int32Array;
    return { ids, text: tokenizer.decode(ids) };
  });
}

/**
 * `count` pieces, none of which crosses a document.
 *
 * Throws   UserError when the test documents give fewer
 */
export async function piecesOf(
  where: string,
  corpus: string,
  tokenizer: Tokenizer,
  length: number,
  count: number,
): Promise<Sampled[]> {
  const pieces = await heldOutPieces(corpus, tokenizer, { length, most: count, joined: false });
  if (pieces.length === count) return pieces;
  const rule = `the held-out documents must give ${count} pieces of ${length} tokens`;
  throw userError(where, rule, `${pieces.length} (${corpus})`, "Ask for fewer, or give more text with --corpus.");
}
