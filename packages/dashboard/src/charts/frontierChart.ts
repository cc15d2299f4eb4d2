/**
 * @file The picture of quality against entropy: down and to the right is better, along a line is only sharper.
 *
 * Lines join the points of one round; points of the Pareto frontier are filled, the others hollow.
 */
import { limitsOf, logTicks } from "./axes.js";
import { type Curve, isPerplexity } from "./curve.js";
import {
  aboutPoint,
  axis,
  type CurveChart,
  type Dataset,
  type Datum,
  legendItem,
  lineDataset,
  measureTitle,
  ticksAt,
} from "./curveChart.js";
import { formatNumber } from "./format.js";
import { type FrontierLine, frontierOf } from "./frontier.js";
import { lookOf, type Theme } from "./theme.js";

function datumOf(
  { series }: FrontierLine,
  { entropy, value, steps, isParetoBest, point }: FrontierLine["points"][number],
): Datum {
  const best = isParetoBest ? " · on the Pareto frontier" : "";
  const title = `${series.label} · ${steps} steps: ${formatNumber(value)} at entropy ${formatNumber(entropy)}${best}`;
  return { x: entropy, y: value, yMin: null, yMax: null, title, about: aboutPoint(point), keys: point.keys };
}

function datasetsOf(lines: readonly FrontierLine[], theme: Theme): Dataset[] {
  const variants = new Map<number, number>();
  return lines.map((line) => {
    const { look: place, label } = line.series;
    const variant = variants.get(place) ?? 0;
    variants.set(place, variant + 1);
    const look = lookOf(theme, place, variant);
    const points = line.points.map((point) => datumOf(line, point));
    const backgroundColor = line.points.map(({ isParetoBest }) => (isParetoBest ? look.color : theme.background));
    const { style: pointStyle, rotation } = look.marker;
    const marks = { pointStyle, rotation, backgroundColor, radius: 5, hoverRadius: 7, hitRadius: 8 };
    return { ...lineDataset(label, points, "y", look.color, look.dash), ...marks };
  });
}

/** The chart of `curve` in the plane of entropy and value, at `steps` only or at all step counts. */
export function frontierChart(curve: Curve, theme: Theme, steps?: number): CurveChart {
  const datasets = datasetsOf(frontierOf(curve, steps), theme);
  const scale = isPerplexity(curve.measure?.metric ?? "") ? "log" : "linear";
  const all = datasets.flatMap(({ data }) => data);
  const limits = limitsOf(
    all.map(({ y }) => y),
    scale,
  );
  const log = scale === "log" ? { afterBuildTicks: ticksAt(logTicks(limits)) } : {};
  const room = limitsOf(
    all.map(({ x }) => x),
    "linear",
  );
  const ticks = { color: theme.text, maxTicksLimit: 10, includeBounds: false };
  const y = axis(scale === "log" ? "logarithmic" : "linear", measureTitle(curve), theme, { ...limits, ...log });
  const x = axis("linear", "entropy (nats)", theme, { ...room, ticks });
  return {
    type: "scatterWithErrorBars",
    data: { datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      scales: { x, y } as NonNullable<CurveChart["options"]>["scales"],
      plugins: pluginsFor(theme, datasets),
    },
  } as CurveChart;
}

/** Legend of the lines and a tooltip of a datum's own words. */
export function pluginsFor(theme: Theme, datasets: readonly Dataset[]) {
  return {
    legend: {
      position: "top",
      align: "start",
      labels: {
        color: theme.text,
        usePointStyle: true,
        boxHeight: 7,
        padding: 12,
        generateLabels: (chart: Parameters<typeof legendItem>[0]) =>
          datasets.map((dataset, i) => legendItem(chart, dataset, i, theme)),
      },
    },
    tooltip: {
      displayColors: false,
      callbacks: {
        title: () => "",
        label: ({ raw }: { raw: unknown }) => [(raw as Datum).title, ...((raw as Datum).about ?? [])],
      },
    },
  };
}
