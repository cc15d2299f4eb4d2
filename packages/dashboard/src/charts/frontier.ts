/**
 * @file Quality against entropy: the picture in which sharpening and a real gain look different, with its Pareto frontier.
 */
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
function dominates(a: CurvePoint, b: CurvePoint): boolean {
  const [ea, eb] = [a.entropy?.mean ?? 0, b.entropy?.mean ?? 0];
  const isAsGood = a.value.mean <= b.value.mean && ea >= eb && a.steps <= b.steps;
  return isAsGood && (a.value.mean < b.value.mean || ea > eb || a.steps < b.steps);
}

/** The lines of a curve in the plane of entropy and value, at `steps` only or at all step counts. */
export function frontierOf(curve: Curve, steps?: number): FrontierLine[] {
  const isShown = (p: CurvePoint) =>
    p.entropy !== null &&
    Number.isFinite(p.entropy.mean) &&
    Number.isFinite(p.value.mean) &&
    (steps === undefined || p.steps === steps);
  const lines = curve.series.map((series) => ({ series, points: series.points.filter(isShown) }));
  const all = lines.flatMap(({ points }) => points);
  return lines.map(({ series, points }) => ({
    series,
    points: points.map((point) => ({
      entropy: point.entropy?.mean ?? Number.NaN,
      value: point.value.mean,
      steps: point.steps,
      isParetoBest: !all.some((other) => dominates(other, point)),
      point,
    })),
  }));
}
