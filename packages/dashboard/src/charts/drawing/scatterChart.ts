/**
 * @file Any column of a leaderboard against any other: the first along, the second up, a colour an experiment and a marker a round.
 *
 * Text stands on its axis as places with names. What has no value in one of the two is left out, which the page says.
 */
import { formatNumber } from "@sdtt/core/statistics";
import type { Board, BoardCell, BoardRow, Column } from "../data/board.js";
import { groupBy, unique } from "../data/lines.js";
import { axis, type ChartConfig, chartOf, type Datum, fittedAxis, lineDataset, ticksAt } from "./frame.js";
import { lookOf, type Theme } from "./theme.js";

type Value = string | number | boolean;

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/** One of the two columns: where a cell stands on its axis. */
interface Along {
  readonly title: string;
  readonly scale: "log" | "linear";
  /** Where the column is text: its values in order. */
  readonly names: readonly string[];
  placeOf(cell: BoardCell): number | undefined;
}

/** Config keys that span a factor of twenty, as learning rates do, are logarithmic as well. */
export function isWide(values: readonly number[], factor = 20): boolean {
  const least = Math.min(...values);
  return least > 0 && Math.max(...values) / least >= factor;
}

function alongOf({ title, scale, isResult }: Column, cells: readonly BoardCell[]): Along {
  const values = cells.flatMap(({ value }): Value[] => (value === null ? [] : [value]));
  if (values.every((value) => typeof value === "number")) {
    const isLog = isResult ? scale === "log" && values.every((value) => value > 0) : isWide(values);
    return {
      title,
      scale: isLog ? "log" : "linear",
      names: [],
      placeOf: ({ value }) => (isNumber(value) ? value : undefined),
    };
  }
  const names = unique(values.map(String)).sort();
  const placeOf = ({ value }: BoardCell) => (value === null ? undefined : names.indexOf(String(value)));
  return { title, scale: "linear", names, placeOf };
}

const shown = ({ value, text }: BoardCell): string =>
  text !== "" ? text : typeof value === "number" ? formatNumber(value) : String(value);

function datumOf({ name, experiment, cells }: BoardRow, x: Along, y: Along): Datum[] {
  const [first, second] = cells as [BoardCell, BoardCell];
  const [at, up] = [x.placeOf(first), y.placeOf(second)];
  if (at === undefined || up === undefined) return [];
  const title = `${name}: ${x.title} ${shown(first)}, ${y.title} ${shown(second)}`;
  const bars = { xMin: first.low, xMax: first.high, yMin: second.low, yMax: second.high };
  const known = Object.fromEntries(Object.entries(bars).map(([key, end]) => [key, isNumber(end) ? end : null]));
  return [
    {
      x: at,
      y: up,
      yMin: null,
      yMax: null,
      ...known,
      title,
      about: [experiment],
      keys: [...second.keys, ...first.keys],
    },
  ];
}

const short = (text: string) => (text.length > 16 ? `${text.slice(0, 16)}…` : text);

export function scaleOf(
  { title, scale, names }: Pick<Along, "title" | "scale" | "names">,
  along: readonly number[],
  theme: Theme,
) {
  if (names.length === 0) return fittedAxis(scale, title, along, theme);
  const callback = (place: number | string) => short(names[Number(place)] ?? "");
  const ticks = { color: theme.text, autoSkip: false, callback };
  const places = names.map((_, i) => i);
  return axis("linear", title, theme, { min: -0.5, max: names.length - 0.5, ticks, afterBuildTicks: ticksAt(places) });
}

/** The chart of the board's first two columns. */
export function scatterChart({ columns, rows }: Board, theme: Theme): ChartConfig {
  const [x, y] = [0, 1].map((i) => {
    return alongOf(
      columns[i] as Column,
      rows.map(({ cells }) => cells[i] as BoardCell),
    );
  }) as [Along, Along];
  const experiments = unique(rows.map(({ experiment }) => experiment));
  const groups = groupBy(rows, ({ experiment, round, kind }) =>
    JSON.stringify([experiment, kind === "level" ? -1 : round]),
  );
  const datasets = [...groups.values()].map((group) => {
    const { experiment, round, kind } = group[0] as BoardRow;
    const of = experiments.length > 1 ? `${experiment}, ` : "";
    const label = `${of}${kind === "level" ? "levels" : round === 0 ? "teacher" : `round ${round}`}`;
    const color = lookOf(theme, kind === "student" ? 1 + experiments.indexOf(experiment) : 0, 0).color;
    const { marker } = lookOf(theme, round, kind === "level" ? 3 : 0);
    const data = group.flatMap((row) => datumOf(row, x, y));
    const own = experiments.length > 1 ? color : lookOf(theme, round, 0).color;
    return lineDataset(
      label,
      data,
      "y",
      { color: own, marker, dash: [] },
      { showLine: false, radius: 6, backgroundColor: own },
    );
  });
  const drawn = datasets.filter(({ data }) => data.length > 0);
  const points = drawn.flatMap(({ data }) => data);
  const scales = {
    x: scaleOf(
      x,
      points.map((point) => point.x),
      theme,
    ),
    y: scaleOf(
      y,
      points.map((point) => point.y),
      theme,
    ),
  };
  return chartOf(theme, { datasets: drawn, scales });
}
