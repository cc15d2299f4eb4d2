/**
 * @file Text ↔ ids: a byte-level BPE tokenizer in Hugging Face's `tokenizer.json` form, GPT-2's included.
 *
 * The vocabulary ends where the mask begins: `maskId` = `vocabSize` is the model's own symbol and is not in the file.
 * Ids are those of the `tokenizers` package without the marks that a post-processor adds. Other kinds (WordPiece,
 * Unigram) are refused, because text cannot be written back from their ids.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer as NativeTokenizer, type PreTokenizer } from "tokenizers";
import { withoutByteOrderMark } from "../../base/byteOrderMark.js";
import { userError } from "../../base/errors.js";
import { writeFileAtomic } from "../../files/atomic.js";
import { readText } from "../../files/json.js";
import { charToByte, wordEncoder } from "./bytePairs.js";
import { cutterOfAdded } from "./cutAdded.js";
import { normalizeBy } from "./normalize.js";
import { spell } from "./spelling.js";
import { parseTokenizerFile, type TokenizerFile } from "./tokenizerFile.js";
import { remember, wordCutter } from "./words.js";

export interface Tokenizer {
  /** Number of ids, the mask left out. */
  readonly vocabSize: number;
  /** = vocabSize: the first id after the vocabulary. */
  readonly maskId: number;
  readonly endOfText: number;
  /** SHA-256 of its one spelling (spelling.ts), hexadecimal: the same for every file that says the same. */
  readonly hash: string;
  /** Whether it is the one of a recorded hash: its own, or its file's, which was recorded at first. */
  isKnownAs(hash: string): boolean;
  encode(text: string): Int32Array;
  encodeBatch(texts: readonly string[]): Int32Array[];
  /** Mask ids are dropped; end-of-text is written out; bytes that are not UTF-8 become U+FFFD. */
  decode(ids: ArrayLike<number>): string;
  /** Bytes of text that an id stands for; a mask and end-of-text are no text. */
  bytesOf(id: number): Uint8Array;
  save(path: string): void;
  /** Text of its `tokenizer.json`, without a byte-order mark. */
  readonly json: string;
}

/**
 * Reads `tokenizer.json`, given itself or the folder that holds it.
 *
 * Throws   UserError when the file is missing, not JSON, or not a byte-level BPE with `<|endoftext|>`
 */
export function loadTokenizer(path: string): Tokenizer {
  const where = `tokenizer ${path}`;
  const remedy = "Give a tokenizer.json, or the folder that holds one.";
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  const file = isFolder ? join(path, "tokenizer.json") : path;
  const text = readText({ where, what: "the file", path: file, remedy });
  return tokenizerFromJson(text, where);
}

/** Builds a tokenizer from the text of a `tokenizer.json`. */
export function tokenizerFromJson(text: string, where = "tokenizer"): Tokenizer {
  const json = withoutByteOrderMark(text);
  const file = parseTokenizerFile(json, where);
  const native = nativeOf(json, where);
  const encode = encoderOf(file, native, where);
  const bytes = tokenBytes(file);
  let hash: string | undefined;
  const own = () => (hash ??= sha256(spell(file)));
  return {
    vocabSize: file.vocabSize,
    maskId: file.vocabSize,
    endOfText: file.endOfText,
    get hash() {
      return own();
    },
    isKnownAs: (recorded) => recorded === own() || recorded === sha256(text),
    encode,
    encodeBatch: (texts) => texts.map(encode),
    decode: (ids) => decodeIds(ids, bytes, file.vocabSize),
    bytesOf: (id) => (id === file.endOfText ? undefined : bytes[id]) ?? noBytes,
    save: (path) => writeFileAtomic(path, text),
    json,
  };
}

const noBytes = new Uint8Array(0);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** The package's own tokenizer, which normalises and cuts where this project does not. */
function nativeOf(json: string, where: string): NativeTokenizer {
  try {
    return NativeTokenizer.fromString(json);
  } catch (error) {
    const remedy = "Save it again with the program that made it.";
    throw userError(where, "the tokenizers package must read it", (error as Error).message, remedy, error);
  }
}

/** Added tokens first, then normalising, then the added tokens that are looked for in that, then words. */
function encoderOf(file: TokenizerFile, native: NativeTokenizer, where: string): (text: string) => Int32Array {
  const normalize = normalizeBy(file.normalizers, native.getNormalizer());
  const patterns = (isNormalized: boolean) =>
    file.added
      .filter(({ normalized }) => normalized === isNormalized)
      .map((token) => [isNormalized ? normalize(token.content) : token.content, token] as const)
      .filter(([pattern]) => pattern !== "");
  const plain = cutterOfAdded(patterns(false), where);
  const normalized = cutterOfAdded(patterns(true), where);
  const encodePart = partEncoder(file, native);
  return (given) => {
    const text = given.isWellFormed() ? given : given.toWellFormed();
    const ids: number[] = [];
    for (const part of plain(text)) {
      if (typeof part !== "string") ids.push(part.id);
      else
        for (const piece of normalized(normalize(part))) {
          if (typeof piece !== "string") ids.push(piece.id);
          else if (piece !== "") encodePart(piece, ids);
        }
    }
    return Int32Array.from(ids);
  };
}

/** Appends the ids of a text without added tokens. */
function partEncoder(file: TokenizerFile, native: NativeTokenizer): (part: string, ids: number[]) => void {
  const words = wordEncoder(file.vocabulary, file.merges, file.ignoresMerges);
  const ofText = remember((word) => words.ofBytes(Buffer.from(word)));
  const ofChars = remember((word) => words.ofChars(word));
  const cut = wordCutter(file.preTokenizers, native.getPreTokenizer() as PreTokenizer);
  return (part, ids) => {
    for (const [word, isChars] of cut(part)) for (const id of isChars ? ofChars(word) : ofText(word)) ids.push(id);
  };
}

/** What each id writes; a token that is not written in the byte alphabet writes itself. */
function tokenBytes(file: TokenizerFile): readonly (Uint8Array | undefined)[] {
  const bytes: (Uint8Array | undefined)[] = new Array(file.vocabSize).fill(undefined);
  for (const [token, id] of file.vocabulary) {
    const own = Array.from(token, (char) => charToByte.get(char));
    bytes[id] = own.includes(undefined) ? new TextEncoder().encode(token) : Uint8Array.from(own as number[]);
  }
  for (const { content, id } of file.added) bytes[id] = new TextEncoder().encode(content);
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
