/**
 * @file Text ↔ ids: a byte-level BPE tokenizer in Hugging Face's `tokenizer.json` form, GPT-2's included.
 *
 * The vocabulary ends where the mask begins: `maskId` = `vocabSize` is the model's own symbol and is not in the file.
 * Other kinds (WordPiece, Unigram, normalised text) are refused, because their decoding is not byte-exact.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer as NativeTokenizer, type PreTokenizer } from "tokenizers";
import { userError } from "../../base/errors.js";
import { writeFileAtomic } from "../../files/atomic.js";
import { charToByte, wordEncoder } from "./bytePairs.js";
import { parseTokenizerFile, type TokenizerFile } from "./tokenizerFile.js";
import { remember, wordsByPackage, wordsOf } from "./words.js";

export interface Tokenizer {
  /** Number of ids, the mask left out. */
  readonly vocabSize: number;
  /** = vocabSize: the first id after the vocabulary. */
  readonly maskId: number;
  readonly endOfText: number;
  /** SHA-256 of tokenizer.json, hexadecimal. */
  readonly hash: string;
  encode(text: string): Int32Array;
  encodeBatch(texts: readonly string[]): Int32Array[];
  /** Mask ids are dropped; end-of-text is written out; bytes that are not UTF-8 become U+FFFD. */
  decode(ids: ArrayLike<number>): string;
  save(path: string): void;
}

/**
 * Reads `tokenizer.json`, given itself or the folder that holds it.
 *
 * Throws   UserError when the file is missing, not JSON, or not a byte-level BPE with `<|endoftext|>`
 */
export function loadTokenizer(path: string): Tokenizer {
  const where = `tokenizer ${path}`;
  const remedy = "Give a tokenizer.json, or the folder that holds one.";
  let text: string;
  try {
    text = readFileSync(statSync(path).isDirectory() ? join(path, "tokenizer.json") : path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw userError(where, "the file must be readable", code, remedy, error);
  }
  return tokenizerFromJson(text, where);
}

/** Builds a tokenizer from the text of a `tokenizer.json`. */
export function tokenizerFromJson(json: string, where = "tokenizer"): Tokenizer {
  const file = parseTokenizerFile(json, where);
  const encodePart = partEncoder(file, json);
  const encode = (text: string) => encodeText(text, file, encodePart);
  const bytes = tokenBytes(file);
  return {
    vocabSize: file.vocabSize,
    maskId: file.vocabSize,
    endOfText: file.endOfText,
    hash: createHash("sha256").update(json).digest("hex"),
    encode,
    encodeBatch: (texts) => texts.map(encode),
    decode: (ids) => decodeIds(ids, bytes, file.vocabSize),
    save: (path) => writeFileAtomic(path, json),
  };
}

/** Appends the ids of a text without added tokens. */
type PartEncoder = (part: string, ids: number[]) => void;

/** Words are cut by GPT-2's pattern where the file asks for just that, otherwise by the package. */
function partEncoder(file: TokenizerFile, json: string): PartEncoder {
  const encodeWord = wordEncoder(file.vocabulary, file.merges);
  const encode = remember((word) => encodeWord(Buffer.from(word)));
  const split = NativeTokenizer.fromString(json).getPreTokenizer() as PreTokenizer;
  const cut = file.hasGpt2Words ? wordsOf : wordsByPackage;
  return (part, ids) => {
    for (const word of cut(part, split)) for (const id of encode(word)) ids.push(id);
  };
}

/** Added tokens (such as `<|endoftext|>`) are recognised first; what lies between them is split into words. */
function encodeText(text: string, file: TokenizerFile, encodePart: PartEncoder): Int32Array {
  const ids: number[] = [];
  for (const part of file.addedPattern ? text.split(file.addedPattern) : [text]) {
    const added = file.added.get(part);
    if (added !== undefined) ids.push(added);
    else if (part !== "") encodePart(part, ids);
  }
  return Int32Array.from(ids);
}

function tokenBytes(file: TokenizerFile): readonly (Uint8Array | undefined)[] {
  const bytes: (Uint8Array | undefined)[] = new Array(file.vocabSize).fill(undefined);
  for (const [token, id] of file.vocabulary) {
    bytes[id] = Uint8Array.from(token, (char) => charToByte.get(char) as number);
  }
  for (const [token, id] of file.added) bytes[id] = new TextEncoder().encode(token);
  return bytes;
}

function decodeIds(ids: ArrayLike<number>, bytes: readonly (Uint8Array | undefined)[], maskId: number): string {
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (id === maskId) continue;
    const piece = bytes[id];
    if (!piece) {
      const rule = `ids must be below ${maskId}, or ${maskId} for a mask`;
      throw userError("decode", rule, `${id} (position ${i})`, "Use the tokenizer that made these ids.");
    }
    pieces.push(piece);
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(pieces));
}
