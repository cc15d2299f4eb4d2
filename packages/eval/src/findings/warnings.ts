/**
 * @file What a sceptic would say of a set of samples: which figures lie outside what held-out text has, and what about
 * the way of sampling makes a figure one of its own.
 *
 * Distinct n-grams and self-BLEU depend on how many samples there are, so held-out text is cut into pieces as long as a
 * sample and as many of them are taken, twenty times over; outside is what lies further from the range of those twenty
 * than the range is wide. That is no test at a level (pieces of one text are not independent), but what text itself does.
 */
import { randomStream } from "@sdtt/core";
import {
  type Diversity,
  diversityOf,
  type FigureName,
  figureNames,
  figures,
  type Sampled,
} from "../metrics/text/diversity.js";

export interface HeldOut {
  /** Pieces in each draw; the samples' figures are compared on as many. */
  readonly pieces: number;
  readonly ranges: Readonly<Record<FigureName, { readonly low: number; readonly high: number }>>;
}

const draws = 20;
const fewest = 8;

/** Ranges for sets of `samples` texts; undefined where there is too little held-out text for a range. */
export function heldOutRanges(pool: readonly Sampled[], samples: number, endOfText: number): HeldOut | undefined {
  const pieces = Math.min(samples, Math.floor(pool.length / 2));
  if (pieces < fewest) return undefined;
  const drawn = Array.from({ length: draws }, (_, i) => {
    const order = randomStream(20241021, "held-out", i).permutation(pool.length);
    return diversityOf(
      Array.from(order.subarray(0, pieces), (j) => pool[j] as Sampled),
      endOfText,
    );
  });
  const rangeOf = (name: FigureName) => {
    const values = drawn.map((one) => one[name].value);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { low: Math.max(0, low - (high - low)), high: high + (high - low) };
  };
  return { pieces, ranges: Object.fromEntries(figureNames.map((name) => [name, rangeOf(name)])) as HeldOut["ranges"] };
}

export interface Warning {
  readonly figure: FigureName | "gen-ppl" | "temperature" | "top-p" | "sampler" | "n";
  /** Whether it can make gen-PPL look better than it is; otherwise it is said for completeness. */
  readonly suspicious: boolean;
  /** The rule that is broken, the same wherever it is. */
  readonly message: string;
  /** What was found, where figures differ from place to place. */
  readonly found?: string;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** Figures of `samples` outside the ranges. */
export function figureWarnings(samples: readonly Sampled[], heldOut: HeldOut, endOfText: number): Warning[] {
  const found: Diversity = diversityOf(samples.slice(0, heldOut.pieces), endOfText);
  return figureNames.flatMap((figure): Warning[] => {
    const { value } = found[figure];
    const { low, high } = heldOut.ranges[figure];
    if (value >= low && value <= high) return [];
    const side = value < low ? "below" : "above";
    const suspicious = side === figures[figure].suspicious;
    const why = suspicious ? `: ${figures[figure].means}` : "";
    const message = `${figure} is ${side} what held-out text has${why}`;
    return [{ figure, suspicious, message, found: `${short(value)}, text ${short(low)} to ${short(high)}` }];
  });
}

export interface SamplingFacts {
  readonly n: number;
  readonly temperature: number;
  readonly topP: number;
  readonly precision: "float64" | "float32 Gumbel";
}

/** What about the way of sampling sets a figure apart. */
export function samplingWarnings(facts: SamplingFacts): Warning[] {
  const { n, temperature, topP, precision } = facts;
  const all: (Warning | false)[] = [
    precision === "float32 Gumbel" && {
      figure: "sampler",
      suspicious: true,
      message: "drawn by Gumbel noise in float32, which loses rare tokens at many steps: not comparable to float64",
    },
    temperature < 1 && {
      figure: "temperature",
      suspicious: true,
      message: `temperature ${temperature} sharpens: compare at matched entropy`,
    },
    topP < 1 && { figure: "top-p", suspicious: true, message: `top-p ${topP} sharpens: compare at matched entropy` },
    n < 30 && { figure: "n", suspicious: false, message: `n = ${n}: too few samples for an interval to be trusted` },
  ];
  return all.filter((warning): warning is Warning => warning !== false);
}

/** A warning where gen-PPL is below that of held-out text under the same judge; none where one is not known. */
export function genPplWarning(genPpl: number | undefined, heldOut: number | undefined): Warning[] {
  if (genPpl === undefined || heldOut === undefined || genPpl >= heldOut) return [];
  const message = "gen-PPL is below held-out text's own: better than text is not better";
  return [{ figure: "gen-ppl", suspicious: true, message, found: `${short(genPpl)}, text ${short(heldOut)}` }];
}
