/**
 * @file The picture of quality against entropy: down and to the right is better, along a line is only sharper.
 *
 * Lines join the points of one round; points of the Pareto frontier are filled, the others hollow.
 */

import { formatNumber, metricKind } from "@sdtt/core/statistics";
import type { Curve } from "../data/curve.js";
import { type FrontierLine, type FrontierPoint, frontierOf } from "../data/frontier.js";
import { aboutPoint, measureTitle } from "./curveChart.js";
import { type ChartConfig, chartOf, type Dataset, type Datum, fittedAxis, lineDataset } from "./frame.js";
import { type Look, looksOf, type Theme } from "./theme.js";

function datumOf({ series }: FrontierLine, { entropy, value, steps, isParetoBest, point }: FrontierPoint): Datum {
  const best = isParetoBest ? " · on the Pareto frontier" : "";
  const title = `${series.label} · ${steps} steps: ${formatNumber(value)} at entropy ${formatNumber(entropy)}${best}`;
  return { x: entropy, y: value, yMin: null, yMax: null, title, about: aboutPoint(point), keys: point.keys };
}

function datasetOf(line: FrontierLine, look: Look, theme: Theme): Dataset {
  const data = line.points.map((point) => datumOf(line, point));
  const backgroundColor = line.points.map(({ isParetoBest }) => (isParetoBest ? look.color : theme.background));
  return lineDataset(line.series.label, data, "y", look, { backgroundColor, radius: 5 });
}

/** The chart of `curve` in the plane of entropy and value. */
export function frontierChart(curve: Curve, theme: Theme): ChartConfig {
  const looks = looksOf(curve.series, theme);
  const datasets = frontierOf(curve).map((line, i) => datasetOf(line, looks[i] as Look, theme));
  const all = datasets.flatMap(({ data }) => data);
  const { scale } = metricKind(curve.measure?.metric ?? "");
  const along = (of: "x" | "y") => all.map((datum) => datum[of]);
  const y = fittedAxis(scale, measureTitle(curve), along("y"), theme);
  const x = fittedAxis("linear", "entropy (nats)", along("x"), theme);
  return chartOf(theme, { datasets, scales: { x, y } });
}
