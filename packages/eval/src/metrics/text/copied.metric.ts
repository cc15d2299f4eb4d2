/**
 * @file Copying: how much of what samples say stands, word for word, in the text that their model was trained on.
 *
 * All samples make one suffix automaton, and the training text is walked through it once: so it may be of any size, is never
 * in memory, and every length of match is exact. Counted in words, whatever tokens spell them; no match crosses end-of-text.
 * Text itself is not at 0, so that held-out text's own figure belongs beside it.
 * Source   matching statistics by a suffix automaton: Blumer et al. 1985 (The smallest automaton recognizing the subwords of a text)
 */
import { meanWithStderr, ratioWithStderr } from "@sdtt/core/statistics";
import type { FigureDeclaration, SampleMetric } from "../contract.js";
import { unlessRare } from "./errors.js";
import { wordReader } from "./wordReader.js";

/** Where a document ends: no match goes over it. */
const end = -1;

/** What all substrings of some sequences are the paths of. */
class Automaton {
  /** Of each state: its longest string, the state of its longest proper suffix elsewhere, its first edge. */
  readonly #length: Int32Array;
  readonly #link: Int32Array;
  readonly #first: Int32Array;
  /** Of each edge: from, by, to, and the next edge of the same state. */
  readonly #from: Int32Array;
  readonly #by: Int32Array;
  readonly #to: Int32Array;
  readonly #next: Int32Array;
  /** Edges by state and token, open addressing. */
  readonly #table: Int32Array;
  #states = 1;
  #edges = 0;

  constructor(tokens: number) {
    const [states, edges] = [2 * tokens + 2, 3 * tokens + 3];
    [this.#length, this.#first] = [new Int32Array(states), new Int32Array(states).fill(-1)];
    this.#link = new Int32Array(states).fill(-1);
    [this.#from, this.#by] = [new Int32Array(edges), new Int32Array(edges)];
    [this.#to, this.#next] = [new Int32Array(edges), new Int32Array(edges)];
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * edges))).fill(-1);
  }

  /** The place of an edge in the table, or the free one where it would be. */
  #place(state: number, token: number): number {
    const mask = this.#table.length - 1;
    let place = (Math.imul(state, 0x9e3779b1) ^ Math.imul(token + 1, 0x85ebca6b)) & mask;
    for (;;) {
      const edge = this.#table[place] as number;
      if (edge < 0 || (this.#from[edge] === state && this.#by[edge] === token)) return place;
      place = (place + 1) & mask;
    }
  }

  #edge(state: number, token: number): number {
    return this.#table[this.#place(state, token)] as number;
  }

  #connect(state: number, token: number, to: number): void {
    const edge = this.#edges++;
    this.#table[this.#place(state, token)] = edge;
    [this.#from[edge], this.#by[edge], this.#to[edge]] = [state, token, to];
    this.#next[edge] = this.#first[state] as number;
    this.#first[state] = edge;
  }

  /** A state with `state`'s edges for its strings up to `length`, which all that came by `token` over `from` now goes to. */
  #split(state: number, length: number, from: number, token: number): number {
    const clone = this.#states++;
    this.#length[clone] = length;
    this.#link[clone] = this.#link[state] as number;
    for (let edge = this.#first[state] as number; edge >= 0; edge = this.#next[edge] as number) {
      this.#connect(clone, this.#by[edge] as number, this.#to[edge] as number);
    }
    this.#link[state] = clone;
    for (let at = from; at >= 0; at = this.#link[at] as number) {
      const edge = this.#edge(at, token);
      if (edge < 0 || this.#to[edge] !== state) break;
      this.#to[edge] = clone;
    }
    return clone;
  }

  /** The state of all that ends with `token` after what ends in `last`; 0 begins a sequence. */
  extend(last: number, token: number): number {
    const length = (this.#length[last] as number) + 1;
    const known = this.#edge(last, token);
    if (known >= 0) {
      const to = this.#to[known] as number;
      return this.#length[to] === length ? to : this.#split(to, length, last, token);
    }
    const added = this.#states++;
    this.#length[added] = length;
    let at = last;
    for (; at >= 0 && this.#edge(at, token) < 0; at = this.#link[at] as number) this.#connect(at, token, added);
    if (at < 0) {
      this.#link[added] = 0;
      return added;
    }
    const to = this.#to[this.#edge(at, token)] as number;
    const fits = this.#length[to] === (this.#length[at] as number) + 1;
    this.#link[added] = fits ? to : this.#split(to, (this.#length[at] as number) + 1, at, token);
    return added;
  }

  /** By state: the longest suffix of its strings that stands in what is walked. */
  longestIn(walk: (step: (token: number) => void) => void): Int32Array {
    const longest = new Int32Array(this.#states);
    let [state, length] = [0, 0];
    walk((token) => {
      let edge = token < 0 ? -1 : this.#edge(state, token);
      while (edge < 0 && state > 0) {
        state = token < 0 ? 0 : (this.#link[state] as number);
        length = this.#length[state] as number;
        if (token >= 0) edge = this.#edge(state, token);
      }
      if (edge < 0) return;
      state = this.#to[edge] as number;
      length++;
      if (length > (longest[state] as number)) longest[state] = length;
    });
    return this.#inherited(longest);
  }

  /** What was found of a longer string was found of its suffixes; what was not is what its longest suffix has. */
  #inherited(longest: Int32Array): Int32Array {
    const order = Int32Array.from({ length: this.#states }, (_, state) => state);
    order.sort((a, b) => (this.#length[a] as number) - (this.#length[b] as number));
    for (let i = order.length - 1; i > 0; i--) {
      const state = order[i] as number;
      const link = this.#link[state] as number;
      if (longest[state] !== 0) longest[link] = this.#length[link] as number;
    }
    for (const state of order)
      if (longest[state] === 0 && state > 0) longest[state] = longest[this.#link[state] as number] as number;
    return longest;
  }
}

/**
 * At each token of each sequence, how long the longest match is that ends there. A negative token is an end, which no match
 * crosses.
 *
 * Shapes   n sequences of Lᵢ tokens → n × [Lᵢ]
 */
export function matchesIn(
  sequences: readonly ArrayLike<number>[],
  walk: (step: (token: number) => void) => void,
): Int32Array[] {
  const automaton = new Automaton(sequences.reduce((sum, { length }) => sum + length, 0));
  const states = sequences.map((tokens) => {
    let last = 0;
    return Int32Array.from(tokens, (token) => {
      last = token < 0 ? 0 : automaton.extend(last, token);
      return last;
    });
  });
  const longest = automaton.longestIn(walk);
  return states.map((own) => own.map((state) => longest[state] as number));
}

const size = 8;

/** How many n-grams of 8 end in a sequence, and how many of them are in a match. */
function copiedGrams(words: readonly number[], matches: Int32Array) {
  let [all, copied, since] = [0, 0, 0];
  for (const [i, word] of words.entries()) {
    since = word === end ? 0 : since + 1;
    if (since < size) continue;
    all++;
    if ((matches[i] as number) >= size) copied++;
  }
  return { all, copied };
}

const figure = (name: string, what: string, unit: string): FigureDeclaration => ({
  ...{ name, definition: `${name}-words`, version: 1, what, unit },
  ...{ scale: "linear", better: "none", errorOver: "samples" },
});

const metric: SampleMetric = {
  needs: "samples and training text",
  figures: [
    figure("copied-8", "share of the samples' 8-grams of words that stand in the training text", "share"),
    figure(
      "copied-longest",
      "longest run of words in a sample that stands in the training text, mean over samples",
      "words",
    ),
    figure("copied-mean", "longest run that stands in the training text and ends at a word, mean over words", "words"),
  ],
  measure({ samples, tokenizer, training }) {
    const read = wordReader(tokenizer);
    const numbers = new Map<string, number>();
    const sequences = samples.map(({ ids }) => {
      const words: number[] = [];
      read([ids], (word) => {
        if (word !== undefined && !numbers.has(word)) numbers.set(word, numbers.size);
        words.push(word === undefined ? end : (numbers.get(word) as number));
      });
      return words;
    });
    const unknown = numbers.size;
    const matches = matchesIn(sequences, (step) =>
      read(training.pieces(), (word) => step(word === undefined ? end : (numbers.get(word) ?? unknown))),
    );
    const grams = sequences.map((words, i) => copiedGrams(words, matches[i] as Int32Array));
    const copied = grams.map((one) => one.copied);
    const sum = (values: Int32Array) => values.reduce((total, value) => total + value, 0);
    return {
      "copied-8": unlessRare(
        ratioWithStderr(
          copied,
          grams.map(({ all }) => all),
        ),
        copied,
      ),
      "copied-longest": meanWithStderr(matches.map((own) => own.reduce((most, length) => Math.max(most, length), 0))),
      "copied-mean": ratioWithStderr(
        matches.map(sum),
        sequences.map((words) => words.filter((word) => word !== end).length),
      ),
    };
  },
};
export default metric;
