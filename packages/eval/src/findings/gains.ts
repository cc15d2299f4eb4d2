/**
 * @file Gains at matched entropy: points over temperatures, and what is better by how much than a control of
 * the same entropy.
 */
import { randomStream } from "@sdtt/core/base";
import {
  type Effect,
  familyNote,
  familyVerdicts,
  formatNumber,
  type Interval,
  normalQuantile,
  type Verdict,
} from "@sdtt/core/statistics";
import { sampleEntropy } from "../metrics/text/entropy.js";
import { type CellSettings, cellPath, definitionsOf, type Subject } from "../samples/cellIdentity.js";
import { firstOf, keptScores, loadSet } from "../samples/sampleSet.js";
import { gainInterval, type Measured, pointOf } from "./resampled.js";

/** A model and how it is sampled. */
export interface Drawn {
  readonly subject: Subject;
  readonly settings: CellSettings;
}

/** The gain at one step count and entropy; no interval where the entropy is outside the temperatures. */
export interface GainAt {
  readonly steps: number;
  readonly entropy: number;
  readonly interval?: Interval;
}

/** At the entropy of a point, whose gen-PPL it has. */
export interface ResampledGain extends GainAt {
  readonly genPpl: number;
}

/** How a model is drawn more sharply, beside what else its settings say. */
export type Sharpening = Partial<Pick<CellSettings, "temperature" | "topP">>;

export const byTemperature = (temperatures: readonly number[]): Sharpening[] =>
  temperatures.map((temperature) => ({ temperature }));

/** The model itself, and the likeliest tokens of these masses. */
export const byTopP = (topPs: readonly number[]): Sharpening[] => [{}, ...topPs.map((topP) => ({ topP }))];

/** What is known of one point, sample by sample; undefined where its samples are no longer kept. */
export async function measuredAt({ subject, settings }: Drawn, steps: number, root: string) {
  const { tokenizer, judge } = subject;
  const path = cellPath(root, subject, steps, settings);
  const { ids } = firstOf(loadSet(path), settings.samples);
  const [definition] = definitionsOf(subject);
  if (ids.length < settings.samples || !definition) return undefined;
  const scores = await keptScores(path, definition, ids, tokenizer, judge);
  return { ...scores, entropies: ids.map(sampleEntropy) } satisfies Measured;
}

/** A frontier in the order given, points that are no longer kept left out. */
export async function frontierOf(
  { subject, settings }: Drawn,
  sharpenings: readonly Sharpening[],
  steps: number,
  root: string,
): Promise<Measured[]> {
  const points: Measured[] = [];
  for (const sharpening of sharpenings) {
    const point = await measuredAt({ subject, settings: { ...settings, ...sharpening } }, steps, root);
    if (point) points.push(point);
  }
  return points;
}

/** Gain over the control's frontier, by the first definition that applies; undefined without kept samples. */
export async function gainOver(
  own: Drawn,
  control: Drawn,
  sharpenings: readonly Sharpening[],
  steps: number,
  root: string,
): Promise<ResampledGain | undefined> {
  const point = await measuredAt(own, steps, root);
  if (!point) return undefined;
  const frontier = await frontierOf(control, sharpenings, steps, root);
  const interval = gainInterval(frontier, point, { random: randomStream(own.settings.seed, "frontier", steps) });
  return { steps, ...pointOf(point), ...(interval && { interval }) };
}

type Found = Pick<ResampledGain, "interval"> | undefined;

/** A bootstrap interval as the normal one that is as wide on the scale of logarithms. */
function effectOf({ mean, low, high, n }: Interval): Effect {
  const stderr = Math.log(high / low) / (2 * normalQuantile());
  return { mean: Math.log(mean), stderr, degrees: Number.POSITIVE_INFINITY, n, ofTrainings: 0, over: "samples" };
}

/** Rows of a table as text, "1.26 [1.19, 1.33] better" or why there is none; the verdicts of all of it are one family. */
export function gainTexts(rows: readonly (readonly Found[])[]): string[][] {
  const verdicts = familyVerdicts(rows.flat().map((gain) => gain?.interval && effectOf(gain.interval)));
  let place = 0;
  return rows.map((row) => row.map((gain) => gainText(gain, verdicts[place++])));
}

function gainText(gain: Found, verdict: Verdict | undefined): string {
  if (!gain) return "samples not kept";
  if (!gain.interval) return "outside";
  const { mean, low, high } = gain.interval;
  return `${mean.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}] ${verdict}`;
}

/** What stands beneath such a table. */
export const gainsNote = (rows: readonly (readonly Found[])[]): string =>
  familyNote(rows.flat().filter((gain) => gain?.interval).length, "cells");

export function gainTable(gains: readonly ResampledGain[]): string[][] {
  const texts = gainTexts([gains])[0] ?? [];
  return [
    ["gain at matched entropy, steps", "gain [95 %]", "gen-PPL", "entropy", "n"],
    ...gains.map((gain, i) => [
      String(gain.steps),
      texts[i] as string,
      formatNumber(gain.genPpl),
      formatNumber(gain.entropy),
      String(gain.interval?.n ?? "–"),
    ]),
  ];
}
