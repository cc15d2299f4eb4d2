/**
 * @file Byte-level byte-pair encoding of one word: the byte alphabet and the merge.
 *
 * The `tokenizers` package trains and is the oracle of the tests, but it encodes only asynchronously and a fifth as
 * fast (2 MB/s a core against 10, GPT-2's vocabulary); the merge of one word is written here, so that reading a prompt
 * is synchronous and preparing gigabytes is not slow.
 * Source: GPT-2 encoder.py, openai/gpt-2 9b63575; the order of merges is huggingface/tokenizers 0.23.2's: by rank, then
 * from the left, one at a time, which costs n log n where a scan per merge would cost n².
 */
import { pushSmallest, takeSmallest } from "./heap.js";

/** The printable character that stands for each byte, and back. */
export const byteToChar: readonly string[] = buildAlphabet();
export const charToByte: ReadonlyMap<string, number> = new Map(byteToChar.map((char, byte) => [char, byte]));

function buildAlphabet(): string[] {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let spare = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : spare++));
}

export type Merge = readonly [left: string, right: string];

/** How words become ids: from their bytes, or from the characters that stand for those. */
export interface WordEncoder {
  ofBytes(word: Uint8Array): readonly number[];
  ofChars(word: string): readonly number[];
}

interface Rules {
  /** Rank of a pair of ids; undefined when it is never merged. */
  rankOf(left: number, right: number): number | undefined;
  /** The id that the merge of this rank makes. */
  readonly made: Int32Array;
}

const places = 2 ** 32;

/**
 * Builds the encoder of one word.
 *
 * Holds    the same ids as the `tokenizers` package gives
 */
export function wordEncoder(
  vocabulary: ReadonlyMap<string, number>,
  merges: readonly Merge[],
  ignoresMerges = false,
): WordEncoder {
  const byteIds = Int32Array.from(byteToChar, (char) => vocabulary.get(char) as number);
  const rules = rulesOf(vocabulary, merges);
  const merged = (word: Uint8Array) =>
    mergeWord(
      Int32Array.from(word, (byte) => byteIds[byte] as number),
      rules,
    );
  const whole = (chars: string) => (ignoresMerges ? vocabulary.get(chars) : undefined);
  return {
    ofBytes(word) {
      const id = ignoresMerges ? whole(Array.from(word, (byte) => byteToChar[byte]).join("")) : undefined;
      return id === undefined ? merged(word) : [id];
    },
    ofChars(word) {
      const id = whole(word);
      return id === undefined ? merged(Uint8Array.from(word, (char) => charToByte.get(char) as number)) : [id];
    },
  };
}

function rulesOf(vocabulary: ReadonlyMap<string, number>, merges: readonly Merge[]): Rules {
  let size = 0;
  for (const id of vocabulary.values()) size = Math.max(size, id + 1);
  const ranks = new Map<number, number>();
  const made = new Int32Array(merges.length);
  for (const [rank, [left, right]] of merges.entries()) {
    const [leftId, rightId] = [vocabulary.get(left), vocabulary.get(right)];
    made[rank] = vocabulary.get(left + right) as number;
    if (leftId !== undefined && rightId !== undefined) ranks.set(leftId * size + rightId, rank);
  }
  return { rankOf: (left, right) => ranks.get(left * size + right), made };
}

/** Merges by rank, then from the left; `next` and `previous` link the ids that are left. */
function mergeWord(ids: Int32Array, { rankOf, made }: Rules): number[] {
  const count = ids.length;
  const next = Int32Array.from(ids, (_, i) => i + 1);
  const previous = Int32Array.from(ids, (_, i) => i - 1);
  const queue: number[] = [];
  const rankAt = (i: number) => {
    const j = i < 0 ? count : (next[i] as number);
    return j < count ? rankOf(ids[i] as number, ids[j] as number) : undefined;
  };
  const offer = (i: number) => {
    const rank = rankAt(i);
    if (rank !== undefined) pushSmallest(queue, rank * places + i);
  };
  for (let i = 0; i < count; i++) offer(i);
  for (let top = takeSmallest(queue); top !== undefined; top = takeSmallest(queue)) {
    const i = top % places;
    const rank = (top - i) / places;
    if (rankAt(i) !== rank) continue;
    const gone = next[i] as number;
    const after = next[gone] as number;
    ids[i] = made[rank] as number;
    ids[gone] = -1;
    next[i] = after;
    if (after < count) previous[after] = i;
    offer(previous[i] as number);
    offer(i);
  }
  return Array.from(ids.filter((id) => id >= 0));
}
