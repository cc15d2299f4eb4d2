/**
 * @file Training curves: a quantity of runs against updates, thousands of updates as a few hundred points.
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

function datumOf(runId: string, bucket: TrainBucket, quantity: TrainQuantity): Datum[] {
  const y = bucket[quantity];
  const { firstUpdate, update, minLoss, maxLoss, broken, updates } = bucket;
  const x = (firstUpdate + update) / 2;
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

function datasetOf({ runId, points }: TrainLine, quantity: TrainQuantity, place: number, theme: Theme): Dataset {
  const { color, dash } = lookOf(theme, 1 + (place % theme.colors.length), Math.floor(place / theme.colors.length));
  const data = points.flatMap((bucket) => datumOf(runId, bucket, quantity));
  const look = { color, dash, marker: { style: "circle", rotation: 0 } } as const;
  const marks = { borderWidth: 1.5, radius: data.length === 1 ? 4 : 0, hoverRadius: 4, backgroundColor: color };
  return lineDataset(runId, data, "y", look, marks);
}

/** The chart of `quantity` over updates; the vertical axis is logarithmic where all of it is positive. */
export function trainChart(lines: readonly TrainLine[], quantity: TrainQuantity, theme: Theme): ChartConfig {
  const datasets = lines.map((line, i) => datasetOf(line, quantity, i, theme));
  const values = datasets.flatMap(({ data }) => data.map(({ y }) => y).filter(Number.isFinite));
  const scale = values.every((y) => y > 0) ? "log" : "linear";
  const x = axis("linear", "updates", theme, { min: 0, ticks: { color: theme.text, maxTicksLimit: 10 } });
  const y = fittedAxis(scale, trainTitles[quantity], values, theme);
  const interaction = { mode: "nearest", axis: "x", intersect: false };
  return chartOf(theme, { datasets, scales: { x, y }, interaction });
}
