/**
 * @file A text cut into the words that byte-pair encoding works on, by GPT-2's pattern.
 *
 * The pattern runs in V8, 20 times as fast as a call of the `tokenizers` package, which is the oracle: the tests compare
 * them at every code point. The two bring Unicode tables of their own (17 and 16 where this was written), so that text
 * with letters outside the settled blocks is left to the package.
 * Source: GPT-2 encoder.py, openai/gpt-2 9b63575, where \s is Unicode's White_Space; JavaScript's \s is not.
 */
import type { PreTokenizer } from "tokenizers";
import { userError } from "../../base/errors.js";
import type { Step } from "./parts.js";

const words = new RegExp(
  [
    "'s|'t|'re|'ve|'m|'ll|'d",
    " ?\\p{L}+| ?\\p{N}+",
    " ?[^\\p{White_Space}\\p{L}\\p{N}]+",
    "\\p{White_Space}+(?!\\P{White_Space})|\\p{White_Space}+",
  ].join("|"),
  "gu",
);

/**
 * The blocks in which no letter or digit has been new for years: Latin to Arabic, Latin and Greek extended with
 * punctuation and signs, CJK, Hangul, forms, pictures.
 */
const settled = "0000-0377 0400-070d 1e00-2bff 3000-9fff ac00-d7a3 fe00-ffff 1f000-1faff";
const ranges = settled.replace(/[0-9a-f]+/g, (code) => `\\u{${code}}`).replaceAll(" ", "");
const unsettled = new RegExp(`[^${ranges}]`, "u");

/** Whether all letters and digits of a text are known as such to V8 and to the package. */
export const isSettled = (text: string): boolean => !unsettled.test(text);

const segmentLength = 1 << 16;

/** A word cut from a text: as it stands there, or with a character for each of its bytes. */
export type Word = readonly [word: string, isChars: boolean];

/** How a tokenizer cuts texts into words. */
export type CutWords = (text: string) => Iterable<Word>;

/**
 * Cuts words by GPT-2's pattern where the steps ask for just that, otherwise by the package.
 *
 * Holds    the same words as the package cuts
 */
export function wordCutter(steps: readonly Step[], split: PreTokenizer): CutWords {
  const [step] = steps;
  const isGpt2 = steps.length === 1 && step?.type === "ByteLevel" && (step.use_regex ?? true) === true;
  if (!isGpt2) return (text) => wordsByPackage(text, split);
  if (step.add_prefix_space === false) return (text) => wordsOf(text, split);
  return (text) => wordsOf(text.startsWith(" ") ? text : ` ${text}`, split);
}

/** The words of a text by GPT-2's pattern, in order and without a gap. */
export function* wordsOf(text: string, split: PreTokenizer): Generator<Word> {
  for (const segment of segmentsOf(text)) {
    if (isSettled(segment)) for (const word of segment.match(words) ?? []) yield [word, false];
    else yield* wordsByPackage(segment, split);
  }
}

/**
 * The words that the package cuts, a character a byte.
 *
 * Throws   UserError where bytes of the text are in no word: a pattern may remove what it does not match
 */
export function* wordsByPackage(text: string, split: PreTokenizer): Generator<Word> {
  let bytes = 0;
  for (const [word] of split.preTokenizeString(text)) {
    bytes += word.length;
    yield [word, true];
  }
  if (bytes >= Buffer.byteLength(text)) return;
  const got = `${bytes} of ${Buffer.byteLength(text)} bytes of ${JSON.stringify(text.slice(0, 40))}`;
  throw userError("tokenizer", "the pre-tokenizer must keep all of a text", got, "Give another tokenizer.");
}

/**
 * Cuts a long text where a word begins in any case, between a letter and a space before a letter, so that the words of
 * a whole book need not be held at once.
 */
function* segmentsOf(text: string): Generator<string> {
  const between = /[A-Za-z](?= [A-Za-z])/g;
  let from = 0;
  while (text.length - from > segmentLength) {
    between.lastIndex = from + segmentLength;
    const found = between.exec(text);
    if (!found) break;
    yield text.slice(from, found.index + 1);
    from = found.index + 1;
  }
  if (from < text.length) yield text.slice(from);
}

const rememberedWords = 1 << 18;
const longestRemembered = 64;

/**
 * Remembers the ids of short words, up to a number of them: most words of a text have been seen before.
 *
 * The key is a copy, since a word cut from a document would keep all of the document in memory.
 */
export function remember(encode: (word: string) => readonly number[]): (word: string) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  return (word) => {
    const found = known.get(word);
    if (found) return found;
    const ids = encode(word);
    if (word.length > longestRemembered) return ids;
    if (known.size >= rememberedWords) known.clear();
    known.set(Buffer.from(word).toString(), ids);
    return ids;
  };
}
