/**
 * @file Training curves: the loss of runs against updates, its spread within each bucket as a bar.
 */
import type { TrainBucket } from "@sdtt/core/store";
import { limitsOf, logTicks } from "./axes.js";
import { axis, type CurveChart, type Dataset, type Datum, lineDataset, ticksAt } from "./curveChart.js";
import { formatNumber } from "./format.js";
import { pluginsFor } from "./frontierChart.js";
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

function datasetOf({ runId, points }: TrainLine, quantity: TrainQuantity, place: number, theme: Theme): Dataset {
  const look = lookOf(theme, 1 + (place % theme.colors.length), Math.floor(place / theme.colors.length));
  const data = points.flatMap((bucket): Datum[] => {
    const y = bucket[quantity];
    if (y === null || !Number.isFinite(y)) return [];
    const broken = bucket.broken > 0 ? [`${bucket.broken} of ${bucket.updates} updates without a finite loss`] : [];
    const range = `updates ${bucket.firstUpdate} to ${bucket.update}`;
    const title = `${runId} · ${range}: ${formatNumber(y)}`;
    const spread =
      quantity === "loss" ? `between ${formatNumber(bucket.minLoss)} and ${formatNumber(bucket.maxLoss)}` : "";
    const about = [...(spread === "" ? [] : [spread]), ...broken];
    return [{ x: (bucket.firstUpdate + bucket.update) / 2, y, yMin: null, yMax: null, title, about, keys: [] }];
  });
  const line = lineDataset(runId, data, "y", look.color, look.dash);
  const radius = data.length === 1 ? 4 : 0;
  const marks = { borderWidth: 1.5, radius, hitRadius: 6, hoverRadius: 4, pointStyle: "circle" as const };
  return { ...line, ...marks, backgroundColor: look.color };
}

/** The chart of `quantity` over updates; the vertical axis is logarithmic where all of it is positive. */
export function trainChart(lines: readonly TrainLine[], quantity: TrainQuantity, theme: Theme): CurveChart {
  const datasets = lines.map((line, i) => datasetOf(line, quantity, i, theme));
  const values = datasets.flatMap(({ data }) => data.map(({ y }) => y));
  const scale = values.every((y) => y > 0) ? "log" : "linear";
  const limits = limitsOf(values, scale);
  const log = scale === "log" ? { afterBuildTicks: ticksAt(logTicks(limits)) } : {};
  const x = axis("linear", "updates", theme, { min: 0, ticks: { color: theme.text, maxTicksLimit: 10 } });
  const y = axis(scale === "log" ? "logarithmic" : "linear", trainTitles[quantity], theme, { ...limits, ...log });
  return {
    type: "scatterWithErrorBars",
    data: { datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: { x, y } as NonNullable<CurveChart["options"]>["scales"],
      plugins: pluginsFor(theme, datasets),
    },
  } as CurveChart;
}
