/**
 * @file The picture of a curve as a Chart.js configuration: the measure above, sample entropy beneath, one step axis.
 *
 * A low perplexity alone proves nothing (repetitive text has one), which is why entropy is in the same picture. Pure:
 * the page, the plot command and the tests build the same configuration. Error bars come from scatterWithErrorBars;
 * lineWithErrorBars draws nothing on a numeric x axis (its issue 30).
 */
import type { Chart, ChartConfiguration, ChartDataset, LegendItem, ScaleOptionsByType, TooltipItem } from "chart.js";
import type {} from "chartjs-chart-error-bars";
import { limitsOf, logTicks, powersOfTwo } from "./axes.js";
import { type Curve, type CurvePoint, isPerplexity, type Series, type XAxis } from "./curve.js";
import { formatEstimate, formatNumber } from "./format.js";
import type { Estimate } from "./statistics.js";
import type { Quantity } from "./table.js";
import { lookOf, type Theme } from "./theme.js";

export interface Datum {
  readonly x: number;
  readonly y: number;
  /** Of a single replicate, which is drawn hollow. */
  readonly isSingle?: boolean;
  /** Null where no interval is known. */
  readonly yMin: number | null;
  readonly yMax: number | null;
  /** What the tooltip says. */
  readonly title: string;
  /** Further lines of it: where the point comes from. */
  readonly about?: readonly string[];
  readonly keys: readonly string[];
}

export type CurveChart = ChartConfiguration<"scatterWithErrorBars", Datum[]>;
export type Dataset = ChartDataset<"scatterWithErrorBars", Datum[]>;

const axisOf: Record<Quantity, string> = { value: "y", entropy: "entropy" };

function datum(x: number, estimate: Estimate, title: string, keys: readonly string[]): Datum {
  const { mean, low, high } = estimate;
  const known = Number.isFinite(low) && Number.isFinite(high);
  return { x, y: mean, yMin: known ? low : null, yMax: known ? high : null, title, keys };
}

const few = (texts: readonly string[], digits: number): string => {
  const shown = texts.slice(0, 3).map((text) => (text.length > digits ? `${text.slice(0, digits)}…` : text));
  return shown.join(", ") + (texts.length > 3 ? `, and ${texts.length - 3} more` : "");
};

/** Where a point comes from, a line each. */
export function aboutPoint({ from, samples }: CurvePoint): string[] {
  const seeds = `sampling seed${from.seeds.length === 1 ? "" : "s"} ${few(from.seeds.map(String), 12)}`;
  const lines = [`${seeds} · ${samples} samples · ${few(from.dtypes, 30)}`];
  lines.push(`checkpoint ${few(from.checkpoints, 12)} · run ${few(from.runs, 40)}`);
  return from.commits.length === 0 ? lines : [...lines, `commit ${few(from.commits, 10)}`];
}

/** A line's points are moved aside by 2 % a line, so that their bars do not cover each other. */
function data(series: Series, quantity: Quantity, place: number, isDrawn: (y: number) => boolean): Datum[] {
  const shift = 1.02 ** place;
  return series.points.flatMap((point: CurvePoint) => {
    const estimate = point[quantity];
    if (estimate === null || !isDrawn(estimate.mean)) return [];
    if (point.x === null || !(point.x > 0)) return [];
    const nfe = point.nfe === null ? "" : ` · NFE ${formatNumber(point.nfe)}`;
    const title = `${series.label} · ${point.steps} steps: ${formatEstimate(estimate)}${nfe}`;
    return [
      { ...datum(point.x * shift, estimate, title, point.keys), about: aboutPoint(point), isSingle: estimate.n < 2 },
    ];
  });
}

export function lineDataset(label: string, points: Datum[], axis: string, color: string, dash: number[]): Dataset {
  return {
    type: "scatterWithErrorBars",
    label,
    data: points,
    yAxisID: axis,
    showLine: true,
    borderColor: color,
    borderWidth: 2,
    borderDash: dash,
    errorBarColor: color,
    errorBarWhiskerColor: color,
    errorBarLineWidth: 1.5,
    errorBarWhiskerLineWidth: 1.5,
    errorBarWhiskerSize: 8,
  };
}

interface Layout {
  readonly theme: Theme;
  readonly scale: "log" | "linear";
}

/** A line's key: its marker filled, or for a reference its dashes. */
export function legendItem(chart: Chart, dataset: Dataset, datasetIndex: number, theme: Theme): LegendItem {
  const { label = "", borderColor, borderDash, pointStyle, rotation } = dataset as Dataset & { rotation?: number };
  const color = borderColor as string;
  const line = pointStyle === "line" ? { lineDash: borderDash as number[], lineWidth: 2 } : { lineWidth: 1 };
  const marker = { pointStyle: pointStyle as LegendItem["pointStyle"], rotation: rotation ?? 0 };
  const hidden = !chart.isDatasetVisible(datasetIndex);
  return {
    text: label,
    fontColor: theme.text,
    fillStyle: color,
    strokeStyle: color,
    ...marker,
    ...line,
    hidden,
    datasetIndex,
  };
}

function seriesDatasets(curve: Curve, quantity: Quantity, { theme, scale }: Layout): Dataset[] {
  const variants = new Map<number, number>();
  return curve.series.map((series, i) => {
    const variant = variants.get(series.look) ?? 0;
    variants.set(series.look, variant + 1);
    const look = lookOf(theme, series.look, variant);
    const isDrawn = (y: number) => Number.isFinite(y) && (quantity === "entropy" || scale === "linear" || y > 0);
    const points = data(series, quantity, i - (curve.series.length - 1) / 2, isDrawn);
    const filled = points.map((point) => (point.isSingle || point.yMin === null ? theme.background : look.color));
    const { style: pointStyle, rotation } = look.marker;
    const marks = { pointStyle, rotation, backgroundColor: filled, radius: 4.5, hoverRadius: 7, hitRadius: 8 };
    return { ...lineDataset(series.label, points, axisOf[quantity], look.color, look.dash), ...marks };
  });
}

function referenceDatasets(curve: Curve, { min, max }: { min: number; max: number }, theme: Theme): Dataset[] {
  return curve.references.map(({ label, value, keys }, i) => {
    const title = `${label}: ${formatEstimate(value)}`;
    const ends = [min, max].map((x): Datum => ({ x, y: value.mean, yMin: null, yMax: null, title, keys }));
    const line = lineDataset(label, ends, axisOf.value, theme.text, [2, 4 + 3 * i]);
    return { ...line, pointStyle: "line" as const, radius: 0, hitRadius: 8, borderWidth: 1.5 };
  });
}

function values(datasets: readonly Dataset[]): number[] {
  return datasets.flatMap(({ data: points }) => points.flatMap((p) => [p.y, p.yMin ?? p.y, p.yMax ?? p.y]));
}

type Axis = "logarithmic" | "linear";
type AxisOptions = ScaleOptionsByType<"logarithmic"> | ScaleOptionsByType<"linear">;

export function axis(type: Axis, title: string, theme: Theme, more: object): AxisOptions {
  const options = {
    type,
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

export function measureTitle(curve: Curve): string {
  if (curve.measure === null) return "";
  const name = curve.measure.metric === "gen-ppl" ? "generative perplexity" : curve.measure.metric;
  return `${name} (${curve.measure.definition})`;
}

const xTitles: Record<XAxis, string> = {
  steps: "sampling steps",
  nfe: "network evaluations (NFE)",
  time: "milliseconds a sample",
};

/** Ticks of the horizontal axis: powers of two for counts, 1-2-5 for a time. */
function xTicks(curve: Curve): number[] {
  const all = curve.series.flatMap(({ points }) => points.flatMap(({ x }) => (x !== null && x > 0 ? [x] : [])));
  return curve.x === "time" ? logTicks(limitsOf(all, "log")) : powersOfTwo(all);
}

function scales(curve: Curve, above: readonly Dataset[], beneath: readonly Dataset[], layout: Layout, x: number[]) {
  const { theme, scale } = layout;
  const limits = limitsOf(values(above), scale);
  const log = scale === "log" ? { afterBuildTicks: ticksAt(logTicks(limits)) } : {};
  const type = scale === "log" ? "logarithmic" : "linear";
  const [min, max] = stepLimits(x);
  const steps = axis("logarithmic", xTitles[curve.x], theme, { min, max, afterBuildTicks: ticksAt(x) });
  const y = axis(type, measureTitle(curve), theme, { ...limits, ...log, stack: "panels", stackWeight: 24 });
  if (beneath.length === 0) return { x: steps, y };
  const room = limitsOf(values(beneath), "linear");
  const ticks = { color: theme.text, maxTicksLimit: 8, includeBounds: false };
  const entropy = axis("linear", "entropy (nats)", theme, { ...room, ticks, stack: "panels", stackWeight: 10 });
  const none = { display: false };
  const gap = { axis: "y", type: "linear", stack: "panels", stackWeight: 1, ticks: none, grid: none, border: none };
  return { x: steps, entropy, gap, y };
}

function stepLimits(ticks: readonly number[]): [number, number] {
  return [(ticks[0] ?? 1) * 0.8, (ticks.at(-1) ?? 2) * 1.25];
}

/**
 * The chart of `curve` in `theme`.
 *
 * Holds   what is not finite is left out of the picture (the table has it) · a line's look depends on its round only
 */
export function curveChart(curve: Curve, theme: Theme): CurveChart {
  const layout: Layout = { theme, scale: isPerplexity(curve.measure?.metric ?? "") ? "log" : "linear" };
  const x = xTicks(curve);
  const [min, max] = stepLimits(x);
  const above = [...seriesDatasets(curve, "value", layout), ...referenceDatasets(curve, { min, max }, theme)];
  const beneath = seriesDatasets(curve, "entropy", layout).filter((dataset) => dataset.data.length > 0);
  return {
    type: "scatterWithErrorBars",
    data: { datasets: [...above, ...beneath] },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "nearest", intersect: true },
      scales: scales(curve, above, beneath, layout, x) as NonNullable<CurveChart["options"]>["scales"],
      plugins: {
        legend: {
          position: "top",
          align: "start",
          labels: {
            color: theme.text,
            usePointStyle: true,
            boxHeight: 7,
            padding: 12,
            generateLabels: (chart) => above.map((dataset, i) => legendItem(chart, dataset, i, theme)),
          },
          onClick: (_, { text }, { chart }) => {
            chart.data.datasets.forEach(({ label }, i) => {
              if (label === text) chart.setDatasetVisibility(i, !chart.isDatasetVisible(i));
            });
            chart.update();
          },
        },
        tooltip: {
          displayColors: false,
          callbacks: {
            title: () => "",
            label: ({ raw }: TooltipItem<"scatterWithErrorBars">) => {
              const { title, about = [] } = raw as Datum;
              return [title, ...about];
            },
          },
        },
      },
    },
  };
}
