/**
 * @file Quality against entropy: the picture in which sharpening and a real gain look different, with its Pareto frontier.
 */
import { betterFirst } from "@sdtt/core/statistics";
import type { Curve, CurvePoint, Series } from "./curve.js";

export interface FrontierPoint {
  readonly entropy: number;
  readonly value: number;
  readonly steps: number;
  /** No other point of as few steps has more entropy and a better value. */
  readonly isParetoBest: boolean;
  readonly point: CurvePoint;
}

export interface FrontierLine {
  readonly series: Series;
  readonly points: readonly FrontierPoint[];
}

/** Whether `a` is at least as good as `b` everywhere (quality, entropy, steps) and better somewhere. */
function dominates(a: CurvePoint, b: CurvePoint, order: (a: number, b: number) => number): boolean {
  const [ea, eb] = [a.entropy?.mean ?? 0, b.entropy?.mean ?? 0];
  const quality = order(a.value.mean, b.value.mean);
  const isAsGood = quality <= 0 && ea >= eb && a.steps <= b.steps;
  return isAsGood && (quality < 0 || ea > eb || a.steps < b.steps);
}

/** The lines of a curve in the plane of entropy and value. */
export function frontierOf(curve: Curve): FrontierLine[] {
  const isShown = (p: CurvePoint) =>
    p.entropy !== null && Number.isFinite(p.entropy.mean) && Number.isFinite(p.value.mean);
  const lines = curve.series.map((series) => ({ series, points: series.points.filter(isShown) }));
  const all = lines.flatMap(({ points }) => points);
  const order = betterFirst(curve.measure?.metric ?? "");
  return lines.map(({ series, points }) => ({
    series,
    points: points.map((point) => ({
      entropy: point.entropy?.mean ?? Number.NaN,
      value: point.value.mean,
      steps: point.steps,
      isParetoBest: !all.some((other) => dominates(other, point, order)),
      point,
    })),
  }));
}
