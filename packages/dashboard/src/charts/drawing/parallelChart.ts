/**
 * @file Parallel coordinates: an upright axis for each key of a sweep and one for the value, a line for each cell.
 *
 * Chart.js has no such chart: the axes are annotations over a plain plane. Lines are coloured by the first axis, and
 * dashed where a cell has not been judged yet.
 */

import { formatEstimate, formatNumber, gainMetric, metricKind } from "@sdtt/core/statistics";
import { type GridCell, plainValue, type Sweep } from "../data/sweepGrid.js";
import {
  type Annotation,
  axis,
  type ChartConfig,
  chartOf,
  type Dataset,
  type Datum,
  lineDataset,
  ticksAt,
} from "./frame.js";
import { lookOf, type Theme } from "./theme.js";

const [maxAxes, maxTicks, maxLines] = [6, 12, 300];

interface UprightAxis {
  readonly title: string;
  readonly ticks: readonly { readonly text: string; readonly at: number }[];
  /** From 0 at the foot to 1; undefined where the cell has no place on it. */
  readonly placeOf: (cell: GridCell) => number | undefined;
}

const short = (text: string) => (text.length > 20 ? `${text.slice(0, 20)}…` : text);

/** The value that gives the best cells stands on top, as the best figure does; without a better way the largest. */
function keyAxes(sweep: Sweep): UprightAxis[] {
  const { axes } = sweep;
  return axes.slice(0, maxAxes).map(({ key, values }, i) => {
    const isTurned = prefersFirst(sweep, i);
    const share = (place: number) => place / (values.length - 1);
    const at = (place: number) => (values.length < 2 ? 0.5 : isTurned ? 1 - share(place) : share(place));
    const ticks = values.slice(0, maxTicks).map((value, place) => ({ text: short(plainValue(value)), at: at(place) }));
    return { title: short(key), ticks, placeOf: (cell) => at(values.indexOf(cell.at[i] ?? "")) };
  });
}

const betterWay = ({ outcomeMetric }: Sweep): number => {
  const { better, isMatched } = metricKind(outcomeMetric ?? "");
  return better === null || isMatched ? 0 : better === "lower" ? -1 : 1;
};

/** Whether the better cells are at the first of an axis' values rather than at the last. */
function prefersFirst(sweep: Sweep, axis: number): boolean {
  const values = sweep.axes[axis]?.values ?? [];
  const meanAt = (value: string | undefined) => {
    const found = sweep.cells.filter(({ at }) => at[axis] === value).flatMap(({ outcomes }) => outcomes);
    return found.reduce((sum, one) => sum + one.value, 0) / found.length;
  };
  return betterWay(sweep) * (meanAt(values[0]) - meanAt(values.at(-1))) > 0;
}

type Found = (cell: GridCell) => number[];
const finite = (value: number | null | undefined): number[] => (Number.isFinite(value) ? [value as number] : []);
const meanOf: Found = ({ value }) => finite(value?.mean);
const entropyOf: Found = ({ entropy }) => finite(entropy);

function numberAxis(title: string, cells: readonly GridCell[], foundIn: Found, isTurned = false): UprightAxis {
  const found = cells.flatMap(foundIn);
  const [low, high] = [Math.min(...found), Math.max(...found)];
  const at = (mean: number) =>
    high === low ? 0.5 : isTurned ? (high - mean) / (high - low) : (mean - low) / (high - low);
  const ticks = [...new Set(found.length === 0 ? [] : [low, high])].map((mean) => ({
    text: formatNumber(mean),
    at: at(mean),
  }));
  return { title, ticks, placeOf: (cell) => foundIn(cell).map(at)[0] };
}

/** The value, its better end on top, and the entropy beside it where it is known. */
function valueAxes(sweep: Sweep): UprightAxis[] {
  const { cells, measure, steps, outcomeMetric } = sweep;
  const shown = outcomeMetric === gainMetric && measure !== gainMetric ? "gen-ppl" : (outcomeMetric ?? "");
  const title = `${short(measure ?? "value")}${steps === null ? "" : ` at ${steps} steps`}`;
  const entropies = cells.flatMap(entropyOf).length > 0 ? [numberAxis("entropy, nats", cells, entropyOf)] : [];
  return [...entropies, numberAxis(title, cells, meanOf, metricKind(shown).better === "lower")];
}

/** `lr = 0.001, substeps = 2: 101 [90, 112], n = 2`. */
function titleOf({ axes }: Sweep, { at, value }: GridCell): string {
  const values = axes.map(({ key }, i) => `${key} = ${plainValue(at[i] ?? "null")}`);
  return `${values.join(", ")}: ${value === null ? "not judged" : formatEstimate(value)}`;
}

function datasetOf(sweep: Sweep, cell: GridCell, axes: readonly UprightAxis[], theme: Theme): Dataset {
  const about = Object.entries(cell.statuses).map(([status, count]) => `${count} ${status}`);
  const point = { yMin: null, yMax: null, title: titleOf(sweep, cell), about: [about.join(", ")], keys: [] };
  const data = axes.flatMap(({ placeOf }, x): Datum[] => {
    const y = placeOf(cell);
    return y === undefined ? [] : [{ x, y, ...point }];
  });
  const first = Math.max(0, sweep.axes[0]?.values.indexOf(cell.at[0] ?? "") ?? 0);
  const look = lookOf(theme, 1 + first, 0);
  const dash = cell.value === null ? [4, 4] : [];
  return lineDataset(titleOf(sweep, cell), data, "y", { ...look, dash }, { radius: 3, backgroundColor: look.color });
}

/** An axis as an upright line, its ticks as words on it. */
function axisAnnotations({ ticks }: UprightAxis, x: number, theme: Theme): Annotation[] {
  const line = { type: "line", scaleID: "x", value: x, borderColor: theme.mark, drawTime: "beforeDatasetsDraw" };
  const words = ticks.map(({ text, at }) => ({
    type: "label",
    xValue: x,
    yValue: at,
    content: text,
    color: theme.text,
    backgroundColor: theme.background,
    font: { size: 12 },
    padding: 2,
  }));
  return [line, ...words];
}

/** The chart of a sweep's cells. */
export function parallelChart(sweep: Sweep, theme: Theme): ChartConfig {
  const axes = [...keyAxes(sweep), ...valueAxes(sweep)];
  const datasets = sweep.cells.slice(0, maxLines).map((cell) => datasetOf(sweep, cell, axes, theme));
  const callback = (place: number | string) => axes[Number(place)]?.title ?? "";
  const x = axis("linear", "", theme, {
    min: -0.3,
    max: axes.length - 0.7,
    position: "top",
    title: { display: false },
    grid: { display: false },
    border: { display: false },
    ticks: { color: theme.text, font: { size: 13 }, autoSkip: false, callback },
    afterBuildTicks: ticksAt(axes.map((_, i) => i)),
  });
  const y = { type: "linear", min: -0.06, max: 1.06, display: false };
  const annotations = axes.flatMap((upright, i) => axisAnnotations(upright, i, theme));
  return chartOf(theme, { datasets, named: [], scales: { x, y }, annotations });
}
