/**
 * @file The texts of a split of any source, parquet and packed files included, one by one.
 */
import { type CorpusOptions, documentsOfPiece, plainCorpus, textOf } from "../shards/encodePiece.js";
import { cutPieces } from "../shards/pieces.js";
import { openSource } from "./source.js";
import { type Split, splitOf } from "./split.js";

/**
 * The texts that would be encoded for a split, in order.
 *
 * Throws   UserError when the source is not there, or, while walking, where it cannot be read
 */
export async function* readTexts(
  source: string,
  split: Split,
  options: Partial<CorpusOptions> = {},
): AsyncGenerator<string> {
  const corpus = { ...plainCorpus, ...options };
  for await (const piece of cutPieces(openSource(source), corpus)) {
    for await (const document of documentsOfPiece(piece, corpus)) {
      const text = splitOf(document) === split ? textOf(document, corpus.detokenizer) : undefined;
      if (text !== undefined) yield text;
    }
  }
}
