/**
 * @file The picture of a curve as a Chart.js configuration: the measure above, sample entropy beneath, one axis.
 *
 * A low perplexity alone proves nothing (repetitive text has one), which is why entropy is in the same picture. Pure:
 * the page, the report, the plot command and the tests build the same configuration.
 */

import { formatEstimate, formatNumber, metricKind, type Scale } from "@sdtt/core/statistics";
import { byRound } from "../data/byRound.js";
import type { Curve, CurvePoint, Series, XAxis } from "../data/curve.js";
import { summaryOf } from "../data/summary.js";
import type { Quantity } from "../data/table.js";
import { levelAnnotations, markAnnotation } from "./annotations.js";
import { limitsOf, logTicks, powersOfTwo } from "./axes.js";
import {
  axis,
  type ChartConfig,
  chartOf,
  type Dataset,
  type Datum,
  fittedAxis,
  lineDataset,
  ticksAt,
} from "./frame.js";
import { type Look, looksOf, type Theme } from "./theme.js";

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

/** A phone's chart, in pixels. */
const narrow = 480;
/** A label's height as a share of its level, and its width as one of the axis. */
const [nearLevel, labelShare] = [0.15, 0.2];

/** A line's points are moved aside by a little, so that their bars do not cover each other. */
function moved(x: number, place: number, lines: number, along: Scale): number {
  const share = place * Math.min(0.02, 0.3 / lines);
  return along === "log" ? x * Math.exp(share) : x + share;
}

interface Layout {
  readonly theme: Theme;
  /** Of the measure. */
  readonly scale: Scale;
  /** Of the horizontal axis. */
  readonly along: Scale;
}

function dataOf(curve: Curve, series: Series, quantity: Quantity, place: number, { scale, along }: Layout): Datum[] {
  const isDrawn = (y: number) => Number.isFinite(y) && (quantity === "entropy" || scale === "linear" || y > 0);
  return series.points.flatMap((point): Datum[] => {
    const estimate = point[quantity];
    if (estimate === null || !isDrawn(estimate.mean)) return [];
    if (point.x === null || (along === "log" && !(point.x > 0))) return [];
    const { mean, low, high } = estimate;
    const isKnown = Number.isFinite(low) && Number.isFinite(high);
    const nfe = point.nfe === null ? "" : ` · NFE ${formatNumber(point.nfe)}`;
    const at = curve.x === "round" ? `round ${point.x}` : `${point.steps} steps`;
    const title = `${series.label} · ${at}: ${formatEstimate(estimate)}${nfe}`;
    const bar = { yMin: isKnown ? low : null, yMax: isKnown ? high : null };
    const x = moved(point.x, place, curve.series.length, along);
    return [{ x, y: mean, ...bar, title, about: aboutPoint(point), keys: point.keys, isHollow: estimate.n < 2 }];
  });
}

/** A single evaluation, and one without an interval, is drawn hollow. */
function datasetsOf(curve: Curve, quantity: Quantity, looks: readonly Look[], layout: Layout): Dataset[] {
  return curve.series.map((series, i) => {
    const look = looks[i] as Look;
    const data = dataOf(curve, series, quantity, i - (curve.series.length - 1) / 2, layout);
    const isHollow = ({ isHollow, yMin }: Datum) => isHollow === true || yMin === null;
    const backgroundColor = data.map((datum) => (isHollow(datum) ? layout.theme.background : look.color));
    return lineDataset(series.label, data, quantity === "value" ? "y" : "entropy", look, {
      backgroundColor,
      radius: 5,
    });
  });
}

const values = (datasets: readonly Dataset[]): number[] =>
  datasets.flatMap(({ data }) => data.flatMap((p) => [p.y, p.yMin ?? p.y, p.yMax ?? p.y]));

export function measureTitle({ measure }: Curve): string {
  if (measure === null) return "";
  const name = measure.metric === "gen-ppl" ? "generative perplexity" : measure.metric.replaceAll("-", " ");
  return `${name} (${measure.definition})`;
}

export const xTitles: Record<XAxis, string> = {
  steps: "sampling steps",
  nfe: "network evaluations (NFE)",
  time: "milliseconds a sample",
  round: "round (0 is the teacher)",
};

/** Powers of two for counts, 1-2-5 for a time, every round. */
function xAxis({ series, x }: Curve, theme: Theme) {
  const all = series.flatMap(({ points }) => points.flatMap((point) => (point.x === null ? [] : [point.x])));
  if (x === "round") {
    const last = Math.max(1, ...all);
    const rounds = Array.from({ length: last + 1 }, (_, round) => round);
    return axis("linear", xTitles[x], theme, { min: -0.5, max: last + 0.5, afterBuildTicks: ticksAt(rounds) });
  }
  const positive = all.filter((place) => place > 0);
  const ticks = x === "time" ? logTicks(limitsOf(positive, "log")) : powersOfTwo(positive);
  const [min, max] = [(ticks[0] ?? 1) * 0.8, (ticks.at(-1) ?? 2) * 1.25];
  return axis("log", xTitles[x], theme, { min, max, afterBuildTicks: ticksAt(ticks) });
}

function panels(curve: Curve, above: readonly Dataset[], beneath: readonly Dataset[], { theme, scale }: Layout) {
  const x = xAxis(curve, theme);
  const levels = curve.references.map(({ value }) => value.mean);
  const measured = [...values(above), ...levels];
  // In two lines, which fit beside a low panel; the first alone beside a narrow one, where the second would stand on the ticks.
  const lines = measureTitle(curve).split(/ (?=\()/);
  const text = ({ chart }: { chart?: { width: number } }) => ((chart?.width ?? narrow) < narrow ? lines[0] : lines);
  const title = { display: true, text, color: theme.text, font: { size: 13 } };
  const y = fittedAxis(scale, "", measured, theme, { stack: "panels", stackWeight: 24, title });
  if (beneath.length === 0) return { x, y };
  const ticks = { color: theme.text, maxTicksLimit: 8, includeBounds: false };
  const room = { stack: "panels", stackWeight: 10, ticks };
  const entropy = fittedAxis("linear", "entropy (nats)", values(beneath), theme, room);
  const none = { display: false };
  const gap = { axis: "y", type: "linear", stack: "panels", stackWeight: 1, ticks: none, grid: none, border: none };
  return { x, entropy, gap, y };
}

/** The end of the levels with fewer points about them: along rounds every line reaches the last one. */
function emptierEnd({ references }: Curve, datasets: readonly Dataset[], along: Scale): "start" | "end" {
  const place = along === "log" ? Math.log : (x: number) => x;
  const points = datasets.flatMap(({ data }) => data.map(({ x, y }) => ({ x: place(x), y })));
  const [first, last] = [Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))];
  const near = points.filter(({ y }) =>
    references.some(({ value }) => Math.abs(y - value.mean) < nearLevel * Math.abs(value.mean)),
  );
  const within = (end: number) => near.filter(({ x }) => Math.abs(x - end) <= labelShare * (last - first)).length;
  return within(last) > within(first) ? "start" : "end";
}

/** The line that is ahead at `at` steps, marked where it stands on the axis. */
function marksOf(curve: Curve, at: number | undefined, theme: Theme) {
  if (at === undefined || curve.x === "round") return [];
  const summary = summaryOf(curve, at);
  const best = curve.series.find(({ label }) => label === summary?.best);
  const x = best?.points.find(({ steps }) => steps === at)?.x;
  if (!summary?.best || !x) return [];
  const what = curve.matched.gains.length > 0 ? "largest gain" : "best";
  return [markAnnotation(x, `${what} at ${at} steps: ${summary.best}`.slice(0, 60), theme)];
}

/**
 * The chart of `curve` in `theme`, with the best line at `at` steps marked.
 *
 * Holds   what is not finite is left out of the picture (the table has it) · a line's look depends on its round only
 */
export function curveChart(curve: Curve, theme: Theme, at?: number): ChartConfig {
  const shown = curve.x === "round" ? byRound(curve) : curve;
  const { scale } = metricKind(curve.measure?.metric ?? "");
  const layout: Layout = { theme, scale, along: curve.x === "round" ? "linear" : "log" };
  const looks = looksOf(shown.series, theme);
  const above = datasetsOf(shown, "value", looks, layout);
  const beneath = datasetsOf(shown, "entropy", looks, layout).filter(({ data }) => data.length > 0);
  const annotations = [
    ...levelAnnotations(curve.references, theme, emptierEnd(curve, above, layout.along)),
    ...marksOf(curve, at, theme),
  ];
  const scales = panels(shown, above, beneath, layout);
  return chartOf(theme, { datasets: [...above, ...beneath], named: above, scales, annotations });
}
