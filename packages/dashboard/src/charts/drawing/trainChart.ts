/**
 * @file Training curves: a quantity of runs against updates, tokens or time, thousands of updates as a few hundred points.
 */

import { formatNumber } from "@sdtt/core/statistics";
import type { TrainBucket } from "@sdtt/core/store";
import { axis, type ChartConfig, chartOf, type Dataset, type Datum, fittedAxis, lineDataset } from "./frame.js";
import { lookOf, type Theme } from "./theme.js";

export type TrainQuantity = "loss" | "validationLoss" | "learningRate" | "gradNorm";

export interface TrainLine {
  readonly runId: string;
  readonly points: readonly TrainBucket[];
}

export const trainTitles: Record<TrainQuantity, string> = {
  loss: "training loss",
  validationLoss: "validation loss",
  learningRate: "learning rate",
  gradNorm: "gradient norm",
};

/** What stands on the horizontal axis: updates, tokens read, or the time that the updates took. */
export type TrainAxis = "updates" | "tokens" | "time";

export const trainAxes: Record<TrainAxis, string> = { updates: "updates", tokens: "tokens", time: "time of training" };

export interface TrainLook {
  readonly quantity: TrainQuantity;
  readonly along?: TrainAxis | undefined;
  /** Weight of what came before, in [0, 1); 0 leaves the values as they are. */
  readonly smooth?: number | undefined;
  /** The part of the horizontal axis that is shown, in updates, tokens or seconds; left out: to its end. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Seconds that the updates up to the end of each bucket took; undefined from the first on that was not timed. */
export function secondsOf(points: readonly TrainBucket[]): (number | undefined)[] {
  let sum: number | undefined = 0;
  return points.map(({ wallMs, updates }) => {
    sum = sum === undefined || wallMs === null ? undefined : sum + (wallMs * updates) / 1000;
    return sum;
  });
}

/**
 * Moving average with exponential weights, corrected for its beginning: the first value is the first one itself.
 *
 * Holds    a value that is no number stays one, and moves no other
 */
export function smoothed(values: readonly number[], weight: number): number[] {
  let [mean, share] = [0, 0];
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    mean = weight * mean + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return mean / share;
  });
}

function datumOf(runId: string, bucket: TrainBucket, quantity: TrainQuantity, place: number | undefined): Datum[] {
  const y = bucket[quantity];
  const { firstUpdate, update, minLoss, maxLoss, broken, updates } = bucket;
  const x = place ?? (firstUpdate + update) / 2;
  if (y === null || !Number.isFinite(y)) {
    // Validation is seldom, which is no gap; a loss that was never finite is one, and the line breaks there.
    const isGap = broken > 0 && quantity !== "validationLoss";
    return isGap ? [{ x, y: Number.NaN, yMin: null, yMax: null, title: "", about: [], keys: [] }] : [];
  }
  const title = `${runId} · updates ${firstUpdate} to ${update}: ${formatNumber(y)}`;
  const spread = quantity === "loss" ? [`between ${formatNumber(minLoss)} and ${formatNumber(maxLoss)}`] : [];
  const lost = broken > 0 ? [`${broken} of ${updates} updates without a finite loss`] : [];
  return [{ x, y, yMin: null, yMax: null, title, about: [...spread, ...lost], keys: [] }];
}

function dataOf({ runId, points }: TrainLine, { quantity, along = "updates", smooth = 0 }: TrainLook): Datum[] {
  const seconds = along === "time" ? secondsOf(points) : [];
  const data = points.flatMap((bucket, i) => {
    if (along === "updates") return datumOf(runId, bucket, quantity, undefined);
    const place = along === "tokens" ? bucket.tokens : seconds[i];
    return place === undefined ? [] : datumOf(runId, bucket, quantity, place);
  });
  const means = smoothed(
    data.map(({ y }) => y),
    smooth,
  );
  return data.map((datum, i) => ({ ...datum, y: means[i] as number }));
}

function datasetOf(line: TrainLine, trainLook: TrainLook, place: number, theme: Theme): Dataset {
  const { color, dash } = lookOf(theme, 1 + (place % theme.colors.length), Math.floor(place / theme.colors.length));
  const data = dataOf(line, trainLook);
  const look = { color, dash, marker: { style: "circle", rotation: 0 } } as const;
  const marks = { borderWidth: 1.5, radius: data.length === 1 ? 4 : 0, hoverRadius: 4, backgroundColor: color };
  return lineDataset(line.runId, data, "y", look, marks);
}

/** Seconds, minutes or hours, so that the axis has numbers that can be read. */
function timeUnit(most: number): readonly [seconds: number, name: string] {
  return most < 600 ? [1, "seconds"] : most < 36_000 ? [60, "minutes"] : [3600, "hours"];
}

/** How many seconds a unit of the horizontal axis is, as `trainChart` draws it; 1 where it is no time. */
export function trainUnit(lines: readonly TrainLine[], { along }: TrainLook): number {
  return along === "time"
    ? timeUnit(Math.max(0, ...lines.flatMap(({ points }) => secondsOf(points).map((s) => s ?? 0))))[0]
    : 1;
}

/** The chart of a quantity over updates, tokens or time; the vertical axis is logarithmic where all of it is positive. */
export function trainChart(lines: readonly TrainLine[], look: TrainLook, theme: Theme): ChartConfig {
  const { quantity, along = "updates", smooth = 0, from = 0, to = Number.POSITIVE_INFINITY } = look;
  const drawn = lines.map((line, i) => datasetOf(line, look, i, theme));
  const most = Math.max(0, ...drawn.flatMap(({ data }) => data.map(({ x }) => x)));
  const [unit, name] = along === "time" ? timeUnit(most) : [1, along];
  const datasets = drawn.map((dataset) => ({
    ...dataset,
    data: dataset.data.filter(({ x }) => x >= from && x <= to).map((datum) => ({ ...datum, x: datum.x / unit })),
  }));
  const values = datasets.flatMap(({ data }) => data.map(({ y }) => y).filter(Number.isFinite));
  const scale = values.every((y) => y > 0) ? "log" : "linear";
  const title = along === "time" ? `${name} of training` : name;
  const ends = { min: from / unit, ...(Number.isFinite(to) && { max: to / unit }) };
  const x = axis("linear", title, theme, { ...ends, ticks: { color: theme.text, maxTicksLimit: 10 } });
  const y = fittedAxis(scale, smooth > 0 ? `${trainTitles[quantity]}, smoothed` : trainTitles[quantity], values, theme);
  const interaction = { mode: "nearest", axis: "x", intersect: false };
  return chartOf(theme, { datasets, scales: { x, y }, interaction });
}
