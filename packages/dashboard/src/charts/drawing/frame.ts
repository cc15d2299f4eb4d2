/**
 * @file What all charts share: points with error bars, axes, legend, tooltip and annotations in a theme's colours.
 *
 * Error bars come from scatterWithErrorBars; lineWithErrorBars draws nothing on a numeric x axis (its issue 30).
 */

import type { Scale } from "@sdtt/core/statistics";
import type { Chart, ChartConfiguration, ChartDataset, LegendItem, ScaleOptionsByType, TooltipItem } from "chart.js";
import type {} from "chartjs-chart-error-bars";
import { type Limits, limitsOf, logTicks } from "./axes.js";
import type { Look, Theme } from "./theme.js";

export interface Datum {
  readonly x: number;
  readonly y: number;
  /** Null where no interval is known. */
  readonly yMin: number | null;
  readonly yMax: number | null;
  /** Left out: no interval along the horizontal axis. */
  readonly xMin?: number | null;
  readonly xMax?: number | null;
  /** What the tooltip says. */
  readonly title: string;
  /** Further lines of it: where the point comes from. */
  readonly about: readonly string[];
  readonly keys: readonly string[];
  /** Drawn hollow: it rests on a single evaluation. */
  readonly isHollow?: boolean;
}

export type ChartConfig = ChartConfiguration<"scatterWithErrorBars", Datum[]>;
/** How points look, which Chart.js takes from a dataset as well as from options. */
interface Marks {
  readonly radius?: number;
  readonly rotation?: number;
  readonly hoverRadius?: number;
  readonly hitRadius?: number;
}
export type Dataset = ChartDataset<"scatterWithErrorBars", Datum[]> & Marks;
/** As chartjs-plugin-annotation takes it; its own types cannot be resolved from an ES module. */
export type Annotation = Readonly<Record<string, unknown>>;

/** A line of points; `marks` says how these look. */
export function lineDataset(label: string, data: Datum[], axis: string, look: Look, marks: Partial<Dataset>): Dataset {
  const { style: pointStyle, rotation } = look.marker;
  return {
    type: "scatterWithErrorBars",
    label,
    data,
    yAxisID: axis,
    showLine: true,
    borderColor: look.color,
    borderWidth: 2,
    borderDash: look.dash,
    errorBarColor: look.color,
    errorBarWhiskerColor: look.color,
    errorBarLineWidth: 1.5,
    errorBarWhiskerLineWidth: 1.5,
    errorBarWhiskerSize: 8,
    pointStyle,
    rotation,
    hoverRadius: 7,
    hitRadius: 8,
    ...marks,
  };
}

type AxisOptions = ScaleOptionsByType<"logarithmic"> | ScaleOptionsByType<"linear">;

export function axis(scale: Scale, title: string, theme: Theme, more: object): AxisOptions {
  const options = {
    type: scale === "log" ? "logarithmic" : "linear",
    title: { display: true, text: title, color: theme.text, font: { size: 13 } },
    grid: { color: theme.grid, tickColor: theme.grid },
    border: { color: theme.text },
    ticks: { color: theme.text, autoSkip: false, callback: (value: number | string) => formatTick(Number(value)) },
    ...more,
  };
  return options as unknown as AxisOptions;
}

function formatTick(value: number): string {
  return value >= 1e6 ? value.toExponential(0) : String(Number(value.toPrecision(6)));
}

export const ticksAt = (ticks: readonly number[]) => (scale: { ticks: { value: number }[] }) => {
  scale.ticks = ticks.map((value) => ({ value }));
};

/** An axis with room around `values`, and 1-2-5 ticks where it is logarithmic. */
export function fittedAxis(scale: Scale, title: string, values: readonly number[], theme: Theme, more: object = {}) {
  const limits: Limits = limitsOf(values, scale);
  const few = { ticks: { color: theme.text, maxTicksLimit: 10, includeBounds: false } };
  const ticks = scale === "log" ? { afterBuildTicks: ticksAt(logTicks(limits)) } : few;
  return axis(scale, title, theme, { ...limits, ...ticks, ...more });
}

/** A line's key: its marker, filled. */
function legendItem(chart: Chart, { label = "", borderColor, pointStyle, rotation }: Dataset, i: number, theme: Theme) {
  const color = borderColor as string;
  const item: LegendItem = {
    text: label,
    fontColor: theme.text,
    fillStyle: color,
    strokeStyle: color,
    lineWidth: 1,
    pointStyle: pointStyle as NonNullable<LegendItem["pointStyle"]>,
    rotation: rotation ?? 0,
    hidden: !chart.isDatasetVisible(i),
    datasetIndex: i,
  };
  return item;
}

/** Shows or hides every line of that name: one in each panel. */
function toggle({ text }: LegendItem, chart: Chart): void {
  chart.data.datasets.forEach(({ label }, i) => {
    if (label === text) chart.setDatasetVisibility(i, !chart.isDatasetVisible(i));
  });
  chart.update();
}

function pluginsOf(theme: Theme, named: readonly Dataset[], annotations: readonly Annotation[]) {
  return {
    annotation: { annotations: [...annotations] },
    legend: {
      position: "top",
      align: "start",
      labels: {
        color: theme.text,
        usePointStyle: true,
        boxHeight: 7,
        padding: 12,
        generateLabels: (chart: Chart) => named.map((dataset, i) => legendItem(chart, dataset, i, theme)),
      },
      onClick: (_: unknown, item: LegendItem, { chart }: { chart: Chart }) => toggle(item, chart),
    },
    tooltip: {
      displayColors: false,
      callbacks: {
        title: () => "",
        label: ({ raw }: TooltipItem<"scatterWithErrorBars">) => [(raw as Datum).title, ...(raw as Datum).about],
      },
    },
  };
}

export interface ChartParts {
  readonly datasets: readonly Dataset[];
  /** The datasets in the legend, from the first on; left out: all. */
  readonly named?: readonly Dataset[];
  readonly scales: object;
  readonly annotations?: readonly Annotation[];
  /** Left out: the point under the pointer. */
  readonly interaction?: object;
}

export function chartOf(theme: Theme, { datasets, named = datasets, scales, annotations = [], ...more }: ChartParts) {
  const { interaction = { mode: "nearest", intersect: true } } = more;
  return {
    type: "scatterWithErrorBars",
    data: { datasets: [...datasets] },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction,
      scales,
      plugins: pluginsOf(theme, named, annotations),
    },
  } as unknown as ChartConfig;
}
