/**
 * @file The picture of samplers: gain at equal cost and entropy against what a sample costs. Above the dotted level a sampler is worth it; a hollow
 * point costs more than all ancestral steps that were measured, and is held against the most of them.
 */
import { formatEstimate, formatNumber } from "@sdtt/core/statistics";
import type { Cost, SamplerLine, Samplers } from "../data/samplers.js";
import { levelAnnotations } from "./annotations.js";
import { logTicks, limitsOf } from "./axes.js";
import { axis, type ChartConfig, chartOf, type Datum, fittedAxis, lineDataset, ticksAt } from "./frame.js";
import { lookOf, type Theme } from "./theme.js";

export const costTitles: Readonly<Record<Cost, string>> = {
  steps: "steps of a sample",
  passes: "network evaluations of a sample, of all networks",
  time: "time of a sample, in ancestral steps of the teacher",
};

export const gainTitles: Readonly<Record<Cost, string>> = {
  steps: "gain at equal steps and entropy",
  passes: "gain at equal evaluations and entropy",
  time: "gain at equal time and entropy",
};

function dataOf({ label, points }: SamplerLine, by: Cost): Datum[] {
  return points.flatMap((point): Datum[] => {
    const { cost, gain, most } = point.by[by];
    if (cost === null || !(cost > 0) || gain === null) return [];
    const { mean, low, high } = gain;
    const isKnown = Number.isFinite(low) && Number.isFinite(high);
    const title = `${label} · ${point.steps} steps: ${formatEstimate(gain)}`;
    const against =
      most === null ? [] : [`against ${most} ancestral steps, the most that were measured at its entropy`];
    const about = [`${costTitles[by]}: ${formatNumber(cost)}`, `gen-PPL ${formatEstimate(point.value)}`, ...against];
    const ends = { yMin: isKnown ? low : null, yMax: isKnown ? high : null };
    return [{ x: cost, y: mean, ...ends, title, about, keys: point.keys, isHollow: most !== null }];
  });
}

export function samplersChart({ lines }: Samplers, cost: Cost, theme: Theme): ChartConfig {
  const datasets = lines
    .map((line) => ({ line, data: dataOf(line, cost) }))
    .filter(({ data }) => data.length > 0)
    .map(({ line, data }, i) => {
      // A dash for students, so that a model is told from another without colours.
      const look = { ...lookOf(theme, 1 + i, 0), dash: line.round === 0 ? [] : [6, 3] };
      const fill = data.map(({ isHollow }) => (isHollow ? theme.background : look.color));
      return lineDataset(line.label, data, "y", look, { radius: 5, backgroundColor: fill });
    });
  const points = datasets.flatMap(({ data }) => data);
  const ys = [1, ...points.flatMap(({ y, yMin, yMax }) => [y, yMin ?? y, yMax ?? y])];
  const limits = limitsOf(
    points.map(({ x }) => x),
    "log",
  );
  const x = axis("log", costTitles[cost], theme, { ...limits, afterBuildTicks: ticksAt(logTicks(limits)) });
  const y = fittedAxis("log", gainTitles[cost], ys, theme);
  const one = {
    label: "ancestral steps",
    value: { mean: 1, low: 1, high: 1, n: 1, over: "nothing" as const },
    keys: [],
  };
  return chartOf(theme, { datasets, scales: { x, y }, annotations: levelAnnotations([one], theme, "start") });
}
