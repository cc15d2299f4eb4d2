/**
 * @file Pieces of held-out text as long as a sample: what samples are compared with, and what prompts are cut from.
 */
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { isPrepared } from "@sdtt/core/checkpoint";
import {
  type Document,
  loadTokenizer,
  openShard,
  readDocuments,
  type Split,
  splitOf,
  type Tokenizer,
} from "@sdtt/core/text";
import type { Checkpoint } from "../../record/checkpoint.js";
import { ownCorpus } from "../../record/options.js";
import type { Sampled } from "../contract.js";
import { spread } from "./spread.js";

export interface PieceOptions {
  /** Tokens of a piece. */
  readonly length: number;
  /** Pieces, spread over all there are. */
  readonly most: number;
  /** Documents with end-of-text between them, as a model was trained on them; otherwise no piece crosses one. */
  readonly joined: boolean;
  /** Default: the test documents. */
  readonly split?: HeldOutSplit;
}

/**
 * The text that is asked for, else the one that the model learned.
 *
 * Throws   UserError where none is asked for, and the model's is not known or not here
 */
export function corpusOf(
  where: string,
  asked: string,
  { path, learned }: Pick<Checkpoint, "path" | "learned">,
): string {
  if (asked !== ownCorpus) return asked;
  if (learned) return learned;
  const rule = "the text that the model learned must be known and here";
  throw userError(where, rule, `none (${path})`, "Give text of its kind: --corpus=embedded, or a file or folder.");
}

/** Ids of the documents of a prepared split, without the end-of-text between them. */
function* preparedDocuments(folder: string, split: HeldOutSplit): Generator<Document> {
  const tokenizer = loadTokenizer(folder);
  const { ids, count } = openShard(join(folder, `${split}.bin`), tokenizer);
  let document: number[] = [];
  let made = 0;
  for (let from = 0; from < count; from += readAtOnce) {
    for (const id of Array.from(ids.subarray(from, from + readAtOnce))) {
      if (id !== tokenizer.endOfText) document.push(id);
      else {
        if (document.length > 0) yield { id: `${split} ${++made}`, text: tokenizer.decode(document) };
        document = [];
      }
    }
  }
}
const readAtOnce = 2 ** 16;

/** Figures are of the test documents; what is chosen by looking is chosen on the validation documents. */
export type HeldOutSplit = Exclude<Split, "train">;

/** The documents that no model of ours was trained on, of a source or of a folder of prepared text. */
export async function* heldOutDocuments(corpus: string, split: HeldOutSplit = "test"): AsyncGenerator<Document> {
  if (isPrepared(corpus)) yield* preparedDocuments(corpus, split);
  else for await (const document of readDocuments(corpus)) if (splitOf(document) === split) yield document;
}

/** Whole pieces of the held-out documents. */
export async function heldOutPieces(
  corpus: string,
  tokenizer: Tokenizer,
  { length, most, joined, split }: PieceOptions,
): Promise<Sampled[]> {
  const held: Document[] = [];
  for await (const document of heldOutDocuments(corpus, split)) held.push(document);
  const encoded = tokenizer.encodeBatch(held.map(({ text }) => text));
  const rows = joined ? [Int32Array.from(encoded.flatMap((ids) => [...ids, tokenizer.endOfText]))] : encoded;
  const pieces = rows.flatMap((ids) => {
    const whole = Math.floor(ids.length / length);
    return Array.from({ length: whole }, (_, i) => ids.slice(i * length, (i + 1) * length));
  });
  return spread(pieces, most).map((ids) => ({ ids, text: tokenizer.decode(ids) }));
}

/**
 * `count` pieces, none of which crosses a document.
 *
 * Throws   UserError when the documents of the split give fewer
 */
export async function piecesOf(
  where: string,
  corpus: string,
  tokenizer: Tokenizer,
  length: number,
  count: number,
  split: HeldOutSplit = "test",
): Promise<Sampled[]> {
  const pieces = await heldOutPieces(corpus, tokenizer, { length, most: count, joined: false, split });
  return enough(where, corpus, length, count, pieces);
}

/** The pieces themselves. Throws   UserError when they are fewer than `count` */
export function enough<T>(where: string, corpus: string, length: number, count: number, pieces: readonly T[]) {
  if (pieces.length >= count) return [...pieces];
  const rule = `the held-out documents must give ${count} pieces of ${length} tokens`;
  throw userError(where, rule, `${pieces.length} (${corpus})`, "Ask for fewer, or give more text with --corpus.");
}
