/**
 * @file Gains at matched entropy: points over temperatures, and what is better by how much than a control of
 * the same entropy.
 */
import { randomStream } from "@sdtt/core";
import { formatNumber, type Interval, verdictOf } from "@sdtt/core/statistics";
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
export interface Gain extends GainAt {
  readonly genPpl: number;
}

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

/** A frontier in the order of its temperatures, points that are no longer kept left out. */
export async function frontierOf(
  { subject, settings }: Drawn,
  temperatures: readonly number[],
  steps: number,
  root: string,
): Promise<Measured[]> {
  const points: Measured[] = [];
  for (const temperature of temperatures) {
    const point = await measuredAt({ subject, settings: { ...settings, temperature } }, steps, root);
    if (point) points.push(point);
  }
  return points;
}

/** Gain over the control's frontier, by the first definition that applies; undefined without kept samples. */
export async function gainOver(
  own: Drawn,
  control: Drawn,
  temperatures: readonly number[],
  steps: number,
  root: string,
): Promise<Gain | undefined> {
  const point = await measuredAt(own, steps, root);
  if (!point) return undefined;
  const frontier = await frontierOf(control, temperatures, steps, root);
  const interval = gainInterval(frontier, point, { random: randomStream(own.settings.seed, "frontier", steps) });
  return { steps, ...pointOf(point), ...(interval && { interval }) };
}

/** "1.26 [1.19, 1.33] better", or why there is none. */
export function gainText(gain: Pick<Gain, "interval"> | undefined): string {
  if (!gain) return "samples not kept";
  if (!gain.interval) return "outside";
  const { mean, low, high } = gain.interval;
  const verdict = verdictOf({ low: low - 1, high: high - 1 }, false);
  return `${mean.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}] ${verdict}`;
}

export function gainTable(gains: readonly Gain[]): string[][] {
  return [
    ["gain at matched entropy, steps", "gain [95 %]", "gen-PPL", "entropy", "n"],
    ...gains.map((gain) => [
      String(gain.steps),
      gainText(gain),
      formatNumber(gain.genPpl),
      formatNumber(gain.entropy),
      String(gain.interval?.n ?? "–"),
    ]),
  ];
}
