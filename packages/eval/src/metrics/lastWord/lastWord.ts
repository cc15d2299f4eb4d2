/**
 * @file Passages whose last word is to be guessed: LAMBADA's own file, and a set cut from held-out documents.
 *
 * The embedded set is called `last-word`, never LAMBADA: it has its form (the word occurs earlier, so the passage gives
 * it away to whoever has read it all), not its filtering by human readers.
 */
import { userError } from "@sdtt/core/base";
import { readDocuments } from "@sdtt/core/text";
import { heldOutDocuments } from "../texts/heldOut.js";

export interface Passage {
  /** Where it stands, for messages. */
  readonly id: string;
  readonly context: string;
  /** With the space before it. */
  readonly word: string;
}

/**
 * LAMBADA's passages, a record or a line of text each: the last word is what follows the last space. White space at the end of a
 * passage is no part of its last word: it is left off, and how often is said.
 *
 * Throws   UserError with file and line for a line that is not {"text": "…"}, or has no words before its last
 */
export async function lambadaPassages(path: string): Promise<{ passages: Passage[]; cutEnds?: string }> {
  const passages: Passage[] = [];
  let cut = 0;
  for await (const { id, text } of readDocuments(path, { documents: "line" })) {
    const trimmed = text.trimEnd();
    if (trimmed !== text) cut++;
    passages.push(passageOf(id, trimmed));
  }
  if (passages.length === 0) throw userError(`lambada ${path}`, "there must be items", 0, 'A line is {"text": "…"}.');
  if (cut === 0) return { passages };
  return { passages, cutEnds: `${cut} of ${passages.length} passages end in white space, which was left off` };
}

function passageOf(id: string, text: string): Passage {
  const at = text.lastIndexOf(" ");
  if (at < 0 || text.slice(0, at).trim() === "") {
    const remedy = "A passage ends with its last word: mend or drop this line.";
    throw userError(`lambada ${id}`, "a passage must have words before the last", JSON.stringify(text), remedy);
  }
  return { id, context: text.slice(0, at), word: text.slice(at) };
}

/** Function words are not worth guessing: the last word has this many letters or more. */
const fewestLetters = 5;

interface Word {
  readonly start: number;
  readonly end: number;
  /** Lower case, without the punctuation around it. */
  readonly stem: string;
}

function wordsOf(text: string): Word[] {
  return [...text.matchAll(/\S+/g)].map((match) => {
    const bare = match[0].replace(/[^\p{L}'’-]+$/u, "");
    const start = match.index;
    return { start, end: start + bare.length, stem: bare.replace(/^[^\p{L}]+/u, "").toLowerCase() };
  });
}

/**
 * Passages of `words` words of one text, none overlapping, each ending in a word of five letters or more that occurs
 * earlier in the passage; what follows the last word's letters is cut off.
 */
export function cutPassages(id: string, text: string, words: number): Passage[] {
  const all = wordsOf(text);
  const passages: Passage[] = [];
  for (let last = words - 1; last < all.length; last++) {
    const { start, end, stem } = all[last] as Word;
    const from = last - words + 1;
    if (!new RegExp(`^\\p{L}{${fewestLetters},}$`, "u").test(stem) || text[start - 1] !== " ") continue;
    if (text.slice(start, end).toLowerCase() !== stem) continue;
    const earlier = all.slice(from, last);
    if (!earlier.some((word) => word.stem === stem)) continue;
    const context = text.slice((all[from] as Word).start, start - 1);
    passages.push({ id: `${id} (word ${last + 1})`, context, word: ` ${text.slice(start, end)}` });
    last += words - 1; // the next passage begins after this one
  }
  return passages;
}

/** The set `last-word`: passages of all test documents of a corpus. */
export async function lastWordPassages(source: string, words: number): Promise<Passage[]> {
  const passages: Passage[] = [];
  for await (const { id, text } of heldOutDocuments(source)) passages.push(...cutPassages(id, text, words));
  if (passages.length > 0) return passages;
  const rule = `held-out documents must hold a passage of ${words} words that ends in a word it has seen`;
  throw userError(`last-word ${source}`, rule, "none", "Give a longer corpus or fewer --words.");
}
