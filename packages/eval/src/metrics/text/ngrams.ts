/**
 * @file n-grams as whole numbers, so that a thousand texts of a thousand words are counted in seconds.
 *
 * An n-gram's number is that of its first n − 1 tokens paired with its last token, looked up in a table that grows.
 */

export class Ngrams {
  readonly #tables: Map<number, number>[] = [];
  readonly #words = new Map<string, number>();

  /** Numbers of the words of a text, the same word the same number. */
  words(text: string): number[] {
    return (text.match(/\S+/g) ?? []).map((word) => {
      const known = this.#words.get(word) ?? this.#words.size;
      this.#words.set(word, known);
      return known;
    });
  }

  /** For each order up to `most`, the number of each n-gram in order of its begin; tokens must be below 2²⁶, n-grams fewer than 2²⁷. */
  of(tokens: ArrayLike<number>, most: number): number[][] {
    let prefixes = Array.from(tokens);
    const orders = [prefixes];
    for (let n = 2; n <= most; n++) {
      this.#tables[n] ??= new Map();
      const table = this.#tables[n] as Map<number, number>;
      prefixes = prefixes.slice(0, Math.max(0, tokens.length - n + 1)).map((prefix, i) => {
        const pair = prefix * 2 ** 26 + (tokens[i + n - 1] as number);
        const known = table.get(pair) ?? table.size;
        table.set(pair, known);
        return known;
      });
      orders.push(prefixes);
    }
    return orders;
  }
}

/** How often each value occurs. */
export function countsOf(values: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
