/**
 * @file A tokenizer of exactly the size asked for, trained on the given texts.
 *
 * The package's trainer has a fixed vocabulary of 30 000; a BPE of size V is a prefix of it, so its merges are cut.
 * All 256 bytes are added, whether or not the texts hold them: any text can be encoded.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BPE, byteLevelPreTokenizer, Tokenizer as NativeTokenizer } from "tokenizers";
import { explainWriteError, writeFully } from "../checkpoint/atomic.js";
import { userError } from "../errors.js";
import { byteToChar, type Merge } from "./bytePairs.js";
import { type Tokenizer, tokenizerFromJson } from "./tokenizer.js";
import { endOfTextToken } from "./tokenizerFile.js";

const smallest = byteToChar.length + 1;
const largest = 30_000;

/**
 * Trains a byte-level BPE: ids 0–255 are the bytes, then the merges by rank, last `<|endoftext|>`.
 *
 * Holds    the vocabulary has exactly the size asked for
 * Holds    the same texts give the same tokenizer, byte for byte
 * Throws   UserError when vocabSize is not in 257 … 30 000, or the texts are empty or too short for it
 */
export function trainTokenizer(texts: Iterable<string>, vocabSize: number): Tokenizer {
  if (!Number.isInteger(vocabSize) || vocabSize < smallest || vocabSize > largest) {
    const rule = `vocabSize must be a whole number from ${smallest} to ${largest}`;
    throw userError("trainTokenizer", rule, vocabSize, "Choose another vocabulary size.");
  }
  return tokenizerFromJson(tokenizerJson(firstMerges(learnMerges(texts), vocabSize - smallest)));
}

/** The shortest prefix that makes `wanted` new tokens; two merges may make the same one (a+bc, ab+c). */
function firstMerges(merges: readonly Merge[], wanted: number): Merge[] {
  const made = new Set<string>();
  const kept: Merge[] = [];
  for (const [left, right] of merges) {
    if (made.size === wanted && !made.has(left + right)) return kept;
    made.add(left + right);
    kept.push([left, right]);
  }
  if (made.size === wanted) return kept;
  const rule = `the texts must hold at least ${wanted} pairs to merge`;
  throw userError("trainTokenizer", rule, made.size, "Give more text or choose a smaller vocabulary.");
}

/** Runs the package's trainer, which reads files only, on a temporary one. */
function learnMerges(texts: Iterable<string>): Merge[] {
  const folder = mkdtempSync(join(tmpdir(), "sdtt-tokenizer-"));
  try {
    const path = join(folder, "texts.txt");
    if (writeTexts(path, texts) === 0) {
      throw userError("trainTokenizer", "the corpus must hold text", "none", "Give a corpus that is not empty.");
    }
    const native = new NativeTokenizer(BPE.empty());
    native.setPreTokenizer(byteLevelPreTokenizer(false, true));
    native.train([path]);
    native.save(join(folder, "tokenizer.json"), false);
    return JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8")).model.merges;
  } catch (error) {
    throw explainWriteError(folder, error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeTexts(path: string, texts: Iterable<string>): number {
  const file = openSync(path, "w");
  let written = 0;
  try {
    for (const text of texts) {
      if (text.trim() === "") continue;
      writeFully(file, new TextEncoder().encode(`${text}\n`));
      written += text.length;
    }
  } finally {
    closeSync(file);
  }
  return written;
}

function tokenizerJson(merges: readonly Merge[]): string {
  const tokens = [...new Set([...byteToChar, ...merges.map(([left, right]) => left + right), endOfTextToken])];
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const model = {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    merges: merges.map(([left, right]) => [left, right]),
  };
  const file = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [{ id: tokens.length - 1, content: endOfTextToken, ...special }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: { ...byteLevel, add_prefix_space: true },
    model,
  };
  return `${JSON.stringify(file)}\n`;
}
