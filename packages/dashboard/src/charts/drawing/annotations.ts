/**
 * @file What is written on a chart: levels to hold the lines against, and the step count that the answer is about.
 */

import { formatNumber } from "@sdtt/core/statistics";
import type { Reference } from "../data/curve.js";
import type { Annotation } from "./frame.js";
import type { Theme } from "./theme.js";

function label(content: string, position: "start" | "end", theme: Theme, more: object = {}) {
  const font = { size: 11, weight: "normal" };
  return { display: true, content, position, color: theme.text, backgroundColor: theme.background, font, ...more };
}

const [tooClose, lineHeight] = [0.08, 14];

/** For values in ascending order: how many lines a label stands above its own level, so that none is printed over another. */
export function stacked(values: readonly number[]): number[] {
  const places: number[] = [];
  for (const [i, value] of values.entries()) {
    const before = values[i - 1];
    const isClose = before !== undefined && value - before < tooClose * Math.abs(value);
    places.push(isClose ? (places[i - 1] as number) + 1 : 0);
  }
  return places;
}

/** A dotted level for each reference, with its name and value at its right end, or its left one. */
export function levelAnnotations(
  references: readonly Reference[],
  theme: Theme,
  at: "start" | "end" = "end",
): Annotation[] {
  const drawn = references
    .filter(({ value }) => Number.isFinite(value.mean))
    .sort((a, b) => a.value.mean - b.value.mean);
  const places = stacked(drawn.map(({ value }) => value.mean));
  return drawn.map(({ label: name, value }, i) => ({
    type: "line",
    scaleID: "y",
    value: value.mean,
    borderColor: theme.text,
    borderWidth: 1.5,
    borderDash: [2, 4 + 3 * i],
    label: label(`${name.slice(0, 40)}: ${formatNumber(value.mean)}`, at, theme, {
      padding: 2,
      // After all levels, so that none is drawn through another's name.
      drawTime: "afterDraw",
      yAdjust: -lineHeight * (places[i] as number),
    }),
  }));
}

/** A thin upright line at `x` through all panels, and what is said of it at its foot. */
export function markAnnotation(x: number, text: string, theme: Theme): Annotation {
  return {
    type: "line",
    scaleID: "x",
    value: x,
    borderColor: theme.mark,
    borderWidth: 1,
    drawTime: "beforeDatasetsDraw",
    label: label(text, "start", theme, { drawTime: "afterDatasetsDraw", padding: 3 }),
  };
}
