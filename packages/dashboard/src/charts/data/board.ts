/**
 * @file A leaderboard's columns: any result at a step count, and any key of the configs, by names that an address can hold.
 *
 * `gen-ppl@8` is generative perplexity at eight steps; `entropy`, `gain`, `needed`, `saved`, `nfe` and `ms` are of the same
 * samples; a measure without step counts stands alone, as `last-word-accuracy`. Where one metric has several judges or
 * definitions, all but the most measured one say which: `gen-ppl.61a6f9@8`.
 */
import { type Estimate, gainMetric, metricKind, type Verdict } from "@sdtt/core/statistics";
import type { Curve, Series } from "./curve.js";
import type { Gain } from "./matched.js";
import type { Measure } from "./measure.js";
import { noGainText, savingText } from "./words.js";

export interface Column {
  readonly key: string;
  readonly title: string;
  readonly scale: "log" | "linear";
  /** Null: neither way is, or it is no result. */
  readonly wanted: "lower" | "higher" | null;
  readonly isResult: boolean;
}

export interface BoardCell {
  /** What is sorted, filtered and drawn. */
  readonly value: number | string | boolean | null;
  readonly low: number | null;
  readonly high: number | null;
  /** In place of the value, where that is not all there is to say. */
  readonly text: string;
  readonly n: number | null;
  readonly verdict: Verdict | null;
  /** The evaluations behind it. */
  readonly keys: readonly string[];
}

export interface BoardRow {
  readonly experiment: string;
  /** The line's name in its experiment. */
  readonly label: string;
  /** What a person called it, or what tells it from the others. */
  readonly name: string;
  readonly kind: "teacher" | "student" | "level";
  readonly round: number;
  /** The runs that trained it, those that measured it where none is known. */
  readonly runs: readonly string[];
  /** As many as there are columns. */
  readonly cells: readonly BoardCell[];
}

export interface Board {
  readonly columns: readonly Column[];
  readonly rows: readonly BoardRow[];
}

export const emptyCell: BoardCell = { value: null, low: null, high: null, text: "", n: null, verdict: null, keys: [] };

/** By the name of a column before its `@`. */
export type MeasureKeys = ReadonlyMap<string, Measure>;

/** @param measures the most measured first */
export function measureKeys(measures: readonly Measure[]): MeasureKeys {
  const keys = new Map<string, Measure>();
  for (const measure of measures) {
    const { metric, referenceHash, definition } = measure;
    const names = [
      metric,
      `${metric}.${(referenceHash ?? "").slice(0, 6)}`,
      `${metric}.${definition.replace("@", ".v")}`,
    ];
    const free = names.find((name) => !keys.has(name) && !name.endsWith("."));
    if (free !== undefined) keys.set(free, measure);
  }
  return keys;
}

/** What is derived from the samples of the measure that is compared at matched entropy. */
const derived: Readonly<Record<string, Pick<Column, "title" | "scale" | "wanted">>> = {
  entropy: { title: "entropy, nats", scale: "linear", wanted: null },
  gain: { title: "gain at matched entropy", scale: "log", wanted: metricKind(gainMetric).better },
  needed: { title: "teacher steps for the same", scale: "log", wanted: "higher" },
  saved: { title: "times fewer steps than the teacher", scale: "log", wanted: "higher" },
  nfe: { title: "network evaluations (NFE)", scale: "log", wanted: "lower" },
  ms: { title: "ms a sample", scale: "log", wanted: "lower" },
};

export const derivedNames = Object.keys(derived);

/** A column's name in its two parts. */
export function partsOf(key: string): { readonly name: string; readonly steps: number | null } {
  const [name = "", steps] = key.split("@", 2);
  return { name, steps: steps === undefined ? null : Number(steps) };
}

const words = (metric: string): string => (metric === "gen-ppl" ? "gen-PPL" : metric.replaceAll("-", " "));

/** The column of a result; undefined where that is none. */
export function resultColumn(key: string, measures: MeasureKeys): Column | undefined {
  const { name, steps } = partsOf(key);
  const at = steps === null ? "" : ` at ${steps}`;
  const own = derived[name];
  if (own) return { ...own, key, title: own.title + at, isResult: true };
  const measure = measures.get(name);
  if (!measure) return undefined;
  const { scale, better: way, isMatched } = metricKind(measure.metric);
  const wanted = isMatched ? null : way;
  const rest = name === measure.metric ? "" : ` (${name.slice(measure.metric.length + 1)})`;
  return { key, title: words(measure.metric) + rest + at, scale, wanted, isResult: true };
}

const figure = (
  { mean, low, high, n }: Estimate,
  keys: readonly string[],
  verdict: Verdict | null = null,
): BoardCell => {
  return { ...emptyCell, value: mean, low, high, n, keys, verdict };
};

/** Steps of the teacher, or how many times as many as the student's. */
function neededCell(gain: Gain, isRatio: boolean): BoardCell {
  if (gain.needed === null) return { ...emptyCell, text: gain.none ? noGainText(gain.none) : "" };
  const by = isRatio ? gain.steps : 1;
  const { value, low, high } = gain.needed.steps;
  const { n, measured } = gain.needed;
  const isOpen = value === 0 || !Number.isFinite(value);
  const bound = value === 0 ? measured[0] / by : measured[1] / by;
  if (isOpen)
    return { ...emptyCell, text: `${value === 0 ? "<" : ">"} ${Number(bound.toPrecision(3))}`, n, keys: gain.keys };
  const text = isRatio ? savingText(gain.needed, gain.steps) : "";
  return { ...emptyCell, value: value / by, low: low / by, high: high / by, n, keys: gain.keys, text };
}

function gainCell(gain: Gain): BoardCell {
  if (gain.gain === null) return { ...emptyCell, text: gain.none ? noGainText(gain.none) : "" };
  return figure(gain.gain, gain.keys, gain.verdict);
}

/**
 * A line's figure under a column of a result, from the curve of that column's measure.
 *
 * @param levels what it is called where it has no step count
 */
export function resultCell(key: string, curve: Curve, label: string, levels: readonly string[]): BoardCell {
  const { name, steps } = partsOf(key);
  const isOf = ({ label: own, temperature }: Pick<Series, "label" | "temperature">) =>
    own === label && temperature === 1;
  const gain = curve.matched.gains.find((one) => one.label === label && one.steps === steps);
  if (name === "gain") return gain ? gainCell(gain) : emptyCell;
  if (name === "needed" || name === "saved") return gain ? neededCell(gain, name === "saved") : emptyCell;
  const points = curve.series.find(isOf)?.points ?? [];
  const point = points.find((one) => one.steps === (steps ?? 1));
  if (!point) {
    const level = derived[name] ? undefined : curve.references.find((one) => levels.includes(one.label));
    return level ? figure(level.value, level.keys) : emptyCell;
  }
  if (name === "entropy") return point.entropy ? figure(point.entropy, point.keys) : emptyCell;
  if (name === "nfe") return { ...emptyCell, value: point.nfe };
  if (name === "ms") return { ...emptyCell, value: point.sampleMs };
  return figure(point.value, point.keys);
}
