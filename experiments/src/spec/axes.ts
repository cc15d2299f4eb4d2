/**
 * @file Unfolds axes into assignments: which path has which value, one for each cell before seeds.
 */
import { randomStream, userError } from "@sdtt/core/base";
import type { Axis, Draw, Value } from "./define.js";

export type Assignment = Readonly<Record<string, Value>>;

/** What a path has where no axis sets it. */
export type BaseValue = (path: string) => unknown;

type Leaf<K extends Axis["kind"]> = Extract<Axis, { kind: K }>;

/** Each kind's points, given the values of the axes before it. */
const unfold: { readonly [K in Axis["kind"]]: (axis: Leaf<K>, before: Assignment, base: BaseValue) => Assignment[] } = {
  list: ({ path, values }) => values.map((value) => ({ [path]: value })),
  range: ({ path, ...ends }) => rangeValues(ends).map((value) => ({ [path]: value })),
  "log-range": ({ path, ...ends }) => logRangeValues(ends).map((value) => ({ [path]: value })),
  zip: ({ axes }, before, base) => zipped(axes.map((axis) => pointsOf(axis, before, base))),
  grid: ({ axes }, before, base) => unfoldAxes(axes, base, before),
  random: ({ draws, count, seed }) => Array.from({ length: count }, (_, i) => drawn(draws, seed, i)),
  when: ({ where, axis }, before, base) => (matches(where, before, base) ? pointsOf(axis, before, base) : [{}]),
};

function pointsOf(axis: Axis, before: Assignment, base: BaseValue): Assignment[] {
  const points = (unfold[axis.kind] as (a: Axis, b: Assignment, v: BaseValue) => Assignment[])(axis, before, base);
  if (points.length > 0) return points;
  throw userError("axes", "an axis must have values", `none (${pathsOf(axis).join(", ")})`, "Give it one or more.");
}

/**
 * Every combination of the axes, the last one fastest; each axis sees the values of those before it.
 *
 * Throws   UserError for an axis without values, or a zip of unequal ones
 */
export function unfoldAxes(axes: readonly Axis[], base: BaseValue = () => undefined, before: Assignment = {}) {
  let points: Assignment[] = [{}];
  for (const axis of axes) {
    points = points.flatMap((point) =>
      pointsOf(axis, { ...before, ...point }, base).map((added) => ({ ...point, ...added })),
    );
  }
  return points;
}

/** The paths an axis sets. */
export function pathsOf(axis: Axis): string[] {
  if (axis.kind === "zip" || axis.kind === "grid") return axis.axes.flatMap(pathsOf);
  if (axis.kind === "when") return pathsOf(axis.axis);
  return axis.kind === "random" ? Object.keys(axis.draws) : [axis.path];
}

/** 15 digits: what a person would write for 0.1 + 0.2. */
const rounded = (value: number): number => Number(value.toPrecision(15));

function rangeValues({ from, to, step }: { from: number; to: number; step: number }): number[] {
  const count = Math.floor(rounded((to - from) / step)) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => rounded(from + i * step));
}

function logRangeValues({ from, to, count }: { from: number; to: number; count: number }): number[] {
  if (count === 1) return [from];
  return Array.from({ length: count }, (_, i) => {
    if (i === 0 || i === count - 1) return i === 0 ? from : to;
    return Number((from * (to / from) ** (i / (count - 1))).toPrecision(6));
  });
}

function zipped(columns: readonly Assignment[][]): Assignment[] {
  const lengths = columns.map((column) => column.length);
  const [first = 0] = lengths;
  if (lengths.some((length) => length !== first)) {
    const remedy = "Give each as many values, or use grid.";
    throw userError("axes", "axes of a zip must be of one length", lengths.join(", "), remedy);
  }
  return Array.from({ length: first }, (_, i) => Object.assign({}, ...columns.map((column) => column[i])));
}

function drawn(draws: Readonly<Record<string, Draw>>, seed: number, index: number): Assignment {
  const values = Object.entries(draws).map(([path, draw]) => {
    const random = randomStream(seed, "axis", path, index);
    return [path, drawnValue(draw, random.uniform())] as const;
  });
  return Object.fromEntries(values);
}

function drawnValue(draw: Draw, u: number): Value {
  if ("values" in draw) return draw.values[Math.floor(u * draw.values.length)] as Value;
  const { from, to, scale = "linear", whole = false } = draw;
  const value = scale === "log" ? from * (to / from) ** u : from + u * (to - from);
  return whole ? Math.round(value) : Number(value.toPrecision(6));
}

function matches(where: Leaf<"when">["where"], before: Assignment, base: BaseValue): boolean {
  const text = (value: unknown) => JSON.stringify(value);
  return Object.entries(where).every(([path, wanted]) => {
    const found = text(before[path] ?? base(path));
    return text(wanted) === found || (Array.isArray(wanted) && wanted.some((value) => text(value) === found));
  });
}
