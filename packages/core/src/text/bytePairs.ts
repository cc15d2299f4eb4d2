/**
 * @file Byte-level byte-pair encoding of one word: the merge loop and the byte alphabet.
 *
 * The `tokenizers` package trains, splits text into words, and is the oracle of the tests, but it encodes only
 * asynchronously; the merge of one word is written here so that preparing data and reading a prompt stay synchronous.
 * Source: GPT-2 encoder.py, openai/gpt-2 9b63575.
 */

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

/** A word in the byte alphabet → ids. */
export type WordEncoder = (word: string) => readonly number[];

const cachedWords = 1 << 18;

/**
 * Builds the encoder of one word: the merge of lowest rank is applied to all its places, until none is left.
 *
 * Holds    the same ids as the `tokenizers` package gives
 */
export function wordEncoder(vocabulary: ReadonlyMap<string, number>, merges: readonly Merge[]): WordEncoder {
  const ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
  const cache = new Map<string, readonly number[]>();
  const idOf = (piece: string) => vocabulary.get(piece) as number;
  return (word) => {
    const known = cache.get(word);
    if (known) return known;
    if (cache.size >= cachedWords) cache.clear();
    const ids = mergeWord(word, ranks).map(idOf);
    cache.set(word, ids);
    return ids;
  };
}

function mergeWord(word: string, ranks: ReadonlyMap<string, number>): string[] {
  let pieces = [...word];
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    let at = -1;
    for (let i = 0; i + 1 < pieces.length; i++) {
      const rank = ranks.get(`${pieces[i]} ${pieces[i + 1]}`);
      if (rank !== undefined && rank < best) [best, at] = [rank, i];
    }
    if (at < 0) return pieces;
    pieces = mergeEverywhere(pieces, pieces[at] as string, pieces[at + 1] as string);
  }
}

function mergeEverywhere(pieces: readonly string[], left: string, right: string): string[] {
  const merged: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    if (pieces[i] === left && pieces[i + 1] === right) {
      merged.push(left + right);
      i++;
    } else {
      merged.push(pieces[i] as string);
    }
  }
  return merged;
}
