/**
 * @file What a sceptic would say of a set of samples: which figures lie outside what held-out text has, and what about
 * the way of sampling makes a figure one of its own.
 *
 * Distinct n-grams and self-BLEU depend on how many samples there are, so held-out text is cut into pieces as long as a
 * sample and as many of them are taken, twenty times over; outside is what lies further from the range of those twenty
 * than the range is wide. That is no test at a level (pieces of one text are not independent), but what text itself does.
 */
import { randomStream } from "@sdtt/core/base";
import type { Sampled, SampleMetric, SamplesGiven } from "../metrics/contract.js";
import { measureFigures } from "../metrics/figures.js";
import { builtinMetrics } from "../metrics/registry.js";
import { entropyMetric } from "../metrics/text/entropy.js";

/** What is compared with held-out text: every figure of samples alone that can be suspicious. */
const compared: readonly SampleMetric[] = [entropyMetric, ...builtinMetrics].filter(
  ({ needs, figures }) => needs === "samples" && figures.some(({ suspicious }) => suspicious),
);
const figures = compared.flatMap((metric) => metric.figures);

type Range = { readonly low: number; readonly high: number };

export interface HeldOutRanges {
  /** Pieces in each draw; the samples' figures are compared on as many. */
  readonly pieces: number;
  /** By figure. */
  readonly ranges: ReadonlyMap<string, Range>;
}

const draws = 20;
const fewest = 8;

/** Ranges for sets of `samples` texts; undefined where there is too little held-out text for a range. */
export async function heldOutRanges(
  pool: readonly Sampled[],
  samples: number,
  tokenizer: SamplesGiven["tokenizer"],
): Promise<HeldOutRanges | undefined> {
  const pieces = Math.min(samples, Math.floor(pool.length / 2));
  if (pieces < fewest) return undefined;
  const drawn: ReadonlyMap<string, { readonly value: number }>[] = [];
  for (let i = 0; i < draws; i++) {
    const order = randomStream(20241021, "held-out", i).permutation(pool.length);
    const chosen = Array.from(order.subarray(0, pieces), (j) => pool[j] as Sampled);
    drawn.push(await measureFigures({ metrics: compared }, { samples: chosen, tokenizer }));
  }
  const ranges = figures.map(({ name }) => {
    const values = drawn.map((one) => one.get(name)?.value ?? Number.NaN);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [name, { low: Math.max(0, low - (high - low)), high: high + (high - low) }] as const;
  });
  return { pieces, ranges: new Map(ranges) };
}

export interface Warning {
  /** A figure, or gen-ppl, temperature, top-p, sampler, n. */
  readonly figure: string;
  /** Whether it can make gen-PPL look better than it is; otherwise it is said for completeness. */
  readonly suspicious: boolean;
  /** The rule that is broken, the same wherever it is. */
  readonly message: string;
  /** What was found, where figures differ from place to place. */
  readonly found?: string;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** Figures of `samples` outside the ranges. */
export async function figureWarnings(
  samples: readonly Sampled[],
  heldOut: HeldOutRanges,
  tokenizer: SamplesGiven["tokenizer"],
): Promise<Warning[]> {
  const given = { samples: samples.slice(0, heldOut.pieces), tokenizer };
  const found = await measureFigures({ metrics: compared }, given);
  return figures.flatMap(({ name, suspicious: warned }): Warning[] => {
    const value = found.get(name)?.value ?? Number.NaN;
    const { low, high } = heldOut.ranges.get(name) as Range;
    if (value >= low && value <= high) return [];
    const side = value < low ? "below" : "above";
    const suspicious = side === warned?.side;
    const message = `${name} is ${side} what held-out text has${suspicious ? `: ${warned?.means}` : ""}`;
    return [{ figure: name, suspicious, message, found: `${short(value)}, text ${short(low)} to ${short(high)}` }];
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
