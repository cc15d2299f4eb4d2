/**
 * @file The picture of samplers: gain at equal evaluations and entropy against what a sample costs. Above the dotted level a sampler is worth it.
 */
import { formatEstimate, formatNumber } from "@sdtt/core/statistics";
import type { SamplerLine, SamplerPoint, Samplers } from "../data/samplers.js";
import { levelAnnotations } from "./annotations.js";
import { logTicks, limitsOf } from "./axes.js";
import { axis, type ChartConfig, chartOf, type Datum, fittedAxis, lineDataset, ticksAt } from "./frame.js";
import { lookOf, type Theme } from "./theme.js";

/** What a sample costs: evaluations of all networks, or time. */
export type Cost = "passes" | "time";

export const costTitles: Readonly<Record<Cost, string>> = {
  passes: "network evaluations of a sample, of all networks",
  time: "milliseconds a sample",
};

const costOf = ({ passes, ms }: SamplerPoint, cost: Cost): number | null => (cost === "time" ? ms : passes);

function dataOf({ label, points }: SamplerLine, cost: Cost): Datum[] {
  return points.flatMap((point): Datum[] => {
    const x = costOf(point, cost);
    if (x === null || !(x > 0) || point.gain === null) return [];
    const { mean, low, high } = point.gain;
    const isKnown = Number.isFinite(low) && Number.isFinite(high);
    const title = `${label} · ${point.steps} steps: ${formatEstimate(point.gain)}`;
    const about = [`${costTitles[cost]}: ${formatNumber(x)}`, `gen-PPL ${formatEstimate(point.value)}`];
    return [{ x, y: mean, yMin: isKnown ? low : null, yMax: isKnown ? high : null, title, about, keys: point.keys }];
  });
}

export const samplersTitle = "gain at equal evaluations and entropy";

export function samplersChart({ lines }: Samplers, cost: Cost, theme: Theme): ChartConfig {
  const datasets = lines
    .map((line) => ({ line, data: dataOf(line, cost) }))
    .filter(({ data }) => data.length > 0)
    .map(({ line, data }, i) => {
      // A dash for students, so that a model is told from another without colours.
      const look = { ...lookOf(theme, 1 + i, 0), dash: line.round === 0 ? [] : [6, 3] };
      return lineDataset(line.label, data, "y", look, { radius: 5, backgroundColor: look.color });
    });
  const points = datasets.flatMap(({ data }) => data);
  const ys = [1, ...points.flatMap(({ y, yMin, yMax }) => [y, yMin ?? y, yMax ?? y])];
  const limits = limitsOf(
    points.map(({ x }) => x),
    "log",
  );
  const x = axis("log", costTitles[cost], theme, { ...limits, afterBuildTicks: ticksAt(logTicks(limits)) });
  const y = fittedAxis("log", samplersTitle, ys, theme);
  const one = {
    label: "ancestral steps",
    value: { mean: 1, low: 1, high: 1, n: 1, over: "nothing" as const },
    keys: [],
  };
  return chartOf(theme, { datasets, scales: { x, y }, annotations: levelAnnotations([one], theme, "start") });
}
