/**
 * @file Energy distance of samples from the training text: how far apart two sets of rows lie in what their tokens are, without any model.
 *
 * A row is its shares of tokens, or of pairs of tokens; two rows are as far apart as these are by Hellinger's distance. Two sets
 * of rows of one law are at 0 on average, and of no other law, as the square root of a distribution is a point of a Euclidean space.
 * It sees what gen-PPL at equal entropy does not: rows of tokens that no text has together in such shares (docs/evaluation.md).
 * Source   Székely & Rizzo 2013 (energy statistics), unbiased; proposed for samples of language models in arXiv 2606.08417
 */
import type { FigureDeclaration, SampleMetric, TrainingText } from "../contract.js";
import { jackknifeStderr } from "./errors.js";
import { countsOf } from "./ngrams.js";

/** The square root of each n-gram's share of a row. */
type Profile = readonly (readonly [gram: number, root: number])[];

const profileOf = (grams: readonly number[]): Profile =>
  [...countsOf(grams)].map(([gram, count]) => [gram, Math.sqrt(count / grams.length)]);

/** Of shares that are the same, but for rounding. */
const same = 1 - 1e-12;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Profiles by n-gram, to be held against others without looking at what they do not share. */
class Profiles {
  readonly #holders = new Map<number, (readonly [row: number, root: number])[]>();

  constructor(readonly all: readonly Profile[]) {
    all.forEach((profile, row) => {
      for (const [gram, root] of profile) {
        const holders = this.#holders.get(gram);
        if (holders) holders.push([row, root]);
        else this.#holders.set(gram, [[row, root]]);
      }
    });
  }

  /** Σ over rows of the Hellinger distance √(1 − Σ √(p q)), in [0, 1] each. */
  distanceTo(profile: Profile): number {
    const overlaps = new Float64Array(this.all.length);
    for (const [gram, root] of profile) {
      for (const [row, own] of this.#holders.get(gram) ?? []) overlaps[row] = (overlaps[row] as number) + root * own;
    }
    return sum(Array.from(overlaps, (overlap) => (overlap > same ? 0 : Math.sqrt(1 - overlap))));
  }
}

/** Rows that sets of samples are held against: how far apart they are among themselves is told once. */
export interface Reference {
  readonly profiles: Profiles;
  /** E d(Y, Y′); NaN for fewer than two rows. */
  readonly within: number;
}

export function referenceOf(rows: readonly number[][]): Reference {
  const [profiles, m] = [new Profiles(rows.map(profileOf)), rows.length];
  const within = m < 2 ? Number.NaN : sum(profiles.all.map((one) => profiles.distanceTo(one))) / (m * (m - 1));
  return { profiles, within };
}

/**
 * 2 E d(X, Y) − E d(X, X′) − E d(Y, Y′) over rows X of one set and Y of another, each pair of two rows.
 *
 * Shapes   samples: rows of n-grams, two at least, as of the reference (else NaN)
 * Units    stderr by the jackknife over samples; the reference is taken as it is
 */
export function energyDistance(samples: readonly number[][], { profiles: others, within: ofReference }: Reference) {
  const [n, m] = [samples.length, others.all.length];
  if (n < 2) return { value: Number.NaN, stderr: Number.NaN };
  const own = new Profiles(samples.map(profileOf));
  const across = own.all.map((profile) => others.distanceTo(profile));
  const within = own.all.map((profile) => own.distanceTo(profile));
  const [allAcross, allWithin] = [sum(across), sum(within)];
  const of = (count: number, acrossSum: number, withinSum: number) =>
    (2 * acrossSum) / (count * m) - withinSum / (count * (count - 1)) - ofReference;
  const without = across.map((gone, i) => of(n - 1, allAcross - gone, allWithin - 2 * (within[i] as number)));
  const stderr = n > 2 ? jackknifeStderr(without) : Number.NaN;
  return { value: of(n, allAcross, allWithin), stderr };
}

/** Rows of the text that are compared with, at least, where it has as many. */
const leastRows = 512;

/** Rows of `length` tokens, from `leastRows` to twice as many, evenly spread over the text, in one walk whatever its size. */
export function rowsOf(text: Pick<TrainingText, "pieces">, length: number): number[][] {
  let kept: number[][] = [];
  let [every, count] = [1, 0];
  let row: number[] = [];
  for (const piece of text.pieces()) {
    for (let i = 0; i < piece.length; i++) {
      row.push(piece[i] as number);
      if (row.length < length) continue;
      if (count++ % every === 0) kept.push(row);
      row = [];
      if (kept.length < 2 * leastRows) continue;
      kept = kept.filter((_, k) => k % 2 === 0);
      every *= 2;
    }
  }
  return kept;
}

const orders = [1, 2] as const;

const figure = (order: (typeof orders)[number], of: string): FigureDeclaration => ({
  name: `energy-distance-${order}`,
  definition: `energy-distance-${order}-tokens`,
  version: 1,
  what: `energy distance of samples from the training text in their shares of ${of}: 0 for more of that text`,
  unit: "Hellinger",
  scale: "linear",
  better: "lower",
  errorOver: "samples",
});

/** The rows' tokens, or their pairs, each pair one number. */
const gramsOf: Record<(typeof orders)[number], (ids: ArrayLike<number>) => number[]> = {
  1: (ids) => Array.from(ids),
  2: (ids) =>
    Array.from(
      { length: Math.max(0, ids.length - 1) },
      (_, i) => (ids[i] as number) * 2 ** 26 + (ids[i + 1] as number),
    ),
};

type References = Record<(typeof orders)[number], Reference>;

/** Of each text by the length of its rows: cells of one model are held against the same ones. */
const known = new WeakMap<TrainingText, Map<number, References>>();

function referencesFor(text: TrainingText, length: number): References {
  const ofText = known.get(text) ?? new Map<number, References>();
  known.set(text, ofText);
  const found = ofText.get(length);
  if (found) return found;
  const rows = rowsOf(text, length);
  const made = { 1: referenceOf(rows.map(gramsOf[1])), 2: referenceOf(rows.map(gramsOf[2])) };
  ofText.set(length, made);
  return made;
}

const metric: SampleMetric = {
  needs: "samples and training text",
  figures: [figure(1, "tokens"), figure(2, "pairs of tokens")],
  measure({ samples, training }) {
    const references = referencesFor(training, samples[0]?.ids.length ?? 1);
    return Object.fromEntries(
      orders.map((order) => {
        const grams = samples.map(({ ids }) => gramsOf[order](ids));
        return [`energy-distance-${order}`, energyDistance(grams, references[order])];
      }),
    );
  },
};
export default metric;
