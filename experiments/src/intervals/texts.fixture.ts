/**
 * @file Made-up texts of words that follow each other, as samples that any metric can measure, and how often the intervals of
 * what is measured of them hold its mean over many such sets.
 */
import { type Estimated, mean, normalQuantile } from "@sdtt/core/statistics";
import { measureFigures, usualMeasures } from "@sdtt/eval/metrics";
import type { Draws } from "./made.fixture.js";

const [words, followers] = [400, 12];

/** The chance of each follower or one before it. */
const below = Array.from({ length: followers }, (_, i) => (i + 1.5) ** -1.2).map((_, i, weights) => {
  const sum = (some: readonly number[]) => some.reduce((total, w) => total + w, 0);
  return sum(weights.slice(0, i + 1)) / sum(weights);
});

const follower = (word: number, k: number): number => 1 + ((word * 31 + k * k * 17 + k * 5) % (words - 1));

function textOf(length: number, { uniform }: Draws): Int32Array {
  let word = 1 + Math.floor(uniform() * (words - 1));
  return Int32Array.from({ length }, () => {
    const u = uniform();
    const k = below.findIndex((chance) => u < chance);
    word = follower(word, k < 0 ? followers - 1 : k);
    return word;
  });
}

/** A token a word. */
const tokenizer = { bytesOf: (id: number) => new TextEncoder().encode(` w${id}`), endOfText: 0 } as never;
type Figures = ReadonlyMap<string, Estimated>;
const lengthOf = (whole: number, { uniform }: Draws): number =>
  uniform() < 0.2 ? 10 + Math.floor(20 * uniform()) : whole;

/** Those of the usual metrics that are slow to measure: of all words of all texts, and of what they are held against. */
const slow = usualMeasures.metrics.filter(({ figures }) =>
  figures.some(({ name }) => /bleu|distinct|copied/.test(name)),
);
const quick = usualMeasures.metrics.filter((metric) => !slow.includes(metric));

function wordyTexts(n: number, training: Int32Array, draws: Draws): Promise<Figures> {
  const ids = Array.from({ length: n }, () => textOf(lengthOf(40, draws), draws));
  const samples = ids.map((one) => ({ ids: one, text: Array.from(one, (id) => `w${id}`).join(" ") }));
  return measureFigures(
    { metrics: slow, training: { hash: "made", pieces: () => [training] } },
    { samples, tokenizer },
  );
}

/** Some of the texts say their beginning again at their end. */
function repeatingTexts(n: number, draws: Draws): Promise<Figures> {
  const samples = Array.from({ length: n }, () => {
    const [length, again] = [lengthOf(40, draws), draws.uniform() < 0.15 ? 4 + Math.floor(6 * draws.uniform()) : 0];
    return { ids: Int32Array.from({ length }, (_, i) => 1 + (i < length - again ? i : i - length + again)), text: "" };
  });
  return measureFigures({ metrics: quick }, { samples, tokenizer });
}

export interface Held {
  readonly name: string;
  /** By trial, of those that had an error. */
  readonly held: readonly boolean[];
}

/** Of each figure whether its intervals hold the mean of all trials. */
async function heldBy(trials: number, measured: () => Promise<Figures>): Promise<Held[]> {
  const all: Figures[] = [];
  for (let i = 0; i < trials; i++) all.push(await measured());
  return [...(all[0] as Figures).keys()].map((name) => {
    const found = all.map((figures) => figures.get(name) as Estimated);
    const truth = mean(found.map(({ value }) => value));
    const known = found.filter(({ stderr }) => !Number.isNaN(stderr));
    const held = known.map(({ value, stderr }) => Math.abs(value - truth) <= normalQuantile() * stderr);
    return { name, held };
  });
}

/** Figures of 128 texts; what few of them have has no interval, and is left out. */
export async function ofTexts(draws: Draws): Promise<Held[]> {
  const training = textOf(2_000, draws);
  const wordy = await heldBy(500, () => wordyTexts(128, training, draws));
  const others = await heldBy(3000, () => repeatingTexts(128, draws));
  return [...wordy, ...others].filter(({ held }) => held.length > 0);
}
