/**
 * @file A tokenizer of exactly the size asked for, trained on the given texts.
 *
 * The package's trainer has a fixed vocabulary of 30 000; a BPE of size V is a prefix of it, so its merges are cut.
 * All 256 bytes are added, whether or not the texts hold them: any text can be encoded. The package prints blank lines
 * to standard output while it trains, from native code; it runs in a process of its own, whose output goes nowhere.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userError } from "../../base/errors.js";
import { explainWriteError, writeFully } from "../../files/atomic.js";
import { byteToChar, type Merge } from "./bytePairs.js";
import { trainedSpelling } from "./spelling.js";
import { type Tokenizer, tokenizerFromJson } from "./tokenizer.js";
import { endOfTextToken } from "./tokenizerFile.js";

const smallest = byteToChar.length + 1;
const largest = 30_000;

/** Texts are learnt from up to here: rare pairs aside, more of the same changes no merge. */
const enoughCharacters = 2 ** 28;

/**
 * Trains a byte-level BPE: ids 0–255 are the bytes, then the merges by rank, last `<|endoftext|>`.
 *
 * Holds    the vocabulary has exactly the size asked for
 * Holds    the same texts give the same tokenizer, byte for byte
 * Throws   UserError when vocabSize is not in 257 … 30 000, or the texts are empty or too short for it
 */
export function trainTokenizer(texts: Iterable<string>, vocabSize: number): Tokenizer {
  const file = openTexts(vocabSize);
  try {
    for (const text of texts) file.add(text);
    return file.train();
  } catch (error) {
    throw explainWriteError(file.folder, error);
  } finally {
    file.remove();
  }
}

/** The same from texts that are waited for; those beyond the first 2²⁸ characters are left out. */
export async function trainTokenizerOn(texts: AsyncIterable<string>, vocabSize: number): Promise<Tokenizer> {
  const file = openTexts(vocabSize);
  try {
    for await (const text of texts) if (file.add(text) >= enoughCharacters) break;
    return file.train();
  } catch (error) {
    throw explainWriteError(file.folder, error);
  } finally {
    file.remove();
  }
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

/** A temporary file of texts, which is what the package's trainer reads. */
function openTexts(vocabSize: number) {
  if (!Number.isInteger(vocabSize) || vocabSize < smallest || vocabSize > largest) {
    const rule = `vocabSize must be a whole number from ${smallest} to ${largest}`;
    throw userError("trainTokenizer", rule, vocabSize, "Choose another vocabulary size.");
  }
  const folder = mkdtempSync(join(tmpdir(), "sdtt-tokenizer-"));
  const path = join(folder, "texts.txt");
  const file = openSync(path, "w");
  let characters = 0;
  return {
    folder,
    /** Gives the characters so far. */
    add(text: string): number {
      if (text.trim() === "") return characters;
      writeFully(file, new TextEncoder().encode(`${text}\n`));
      characters += text.length;
      return characters;
    },
    train(): Tokenizer {
      if (characters === 0) {
        throw userError("trainTokenizer", "the corpus must hold text", "none", "Give a corpus that is not empty.");
      }
      const merges = learnMerges(path, join(folder, "tokenizer.json"));
      return tokenizerFromJson(trainedSpelling(firstMerges(merges, vocabSize - smallest), endOfTextToken));
    },
    remove() {
      closeSync(file);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const trainer = `
const [tokenizers, texts, made] = process.argv.slice(1);
const { BPE, byteLevelPreTokenizer, Tokenizer } = require(tokenizers);
const native = new Tokenizer(BPE.empty());
native.setPreTokenizer(byteLevelPreTokenizer(false, true));
native.train([texts]);
native.save(made, false);
`;

function learnMerges(texts: string, made: string): Merge[] {
  const tokenizers = createRequire(import.meta.url).resolve("tokenizers");
  const ended = spawnSync(process.execPath, ["-e", trainer, tokenizers, texts, made], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (ended.error) throw ended.error;
  if (ended.status !== 0) throw new Error(`the trainer ended with ${ended.status ?? ended.signal}: ${ended.stderr}`);
  return JSON.parse(readFileSync(made, "utf8")).model.merges;
}
