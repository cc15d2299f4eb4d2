/**
 * @file Quality against step count: evaluations of one experiment, gathered into one line per round.
 *
 * Pure: the server, the page's tests and the plot command all call this with rows of the store. Of several evaluations
 * of one checkpoint, seed and step count (a quick one, a thorough one) only the one with the most samples counts.
 */
import type { EvaluationRecord } from "@sdtt/core/store";
import { type Estimate, estimate } from "./statistics.js";

export interface Measure {
  readonly id: string;
  readonly metric: string;
  readonly definition: string;
  readonly judgeHash: string | null;
}

/** What stands on the horizontal axis: step count, network evaluations made, or milliseconds a sample. */
export type XAxis = "steps" | "nfe" | "time";

/** Where a point's evaluations come from; of each kind every value once. */
export interface Provenance {
  readonly runs: readonly string[];
  readonly commits: readonly string[];
  readonly checkpoints: readonly string[];
  readonly seeds: readonly number[];
  readonly dtypes: readonly string[];
}

export interface CurvePoint {
  readonly steps: number;
  /** Its place on the horizontal axis; null where that was not measured. */
  readonly x: number | null;
  readonly value: Estimate;
  readonly entropy: Estimate | null;
  readonly nfe: number | null;
  /** Samples judged, over all replicates. */
  readonly samples: number;
  /** The evaluations behind this point. */
  readonly keys: readonly string[];
  readonly from: Provenance;
}

export interface Series {
  readonly id: string;
  readonly label: string;
  readonly round: number;
  /** Which colour and marker: the round, or the group's place where lines are not per round. 0 is the teacher's. */
  readonly look: number;
  readonly temperature: number;
  readonly points: readonly CurvePoint[];
}

/** A level without a step count: real text, an autoregressive baseline. */
export interface Reference {
  readonly label: string;
  readonly value: Estimate;
  readonly keys: readonly string[];
}

export interface Curve {
  readonly experiment: string;
  readonly question: string;
  readonly measure: Measure | null;
  readonly measures: readonly Measure[];
  readonly series: readonly Series[];
  readonly references: readonly Reference[];
  /** Whether there are lines of other temperatures than 1 that were left out. */
  readonly hasHidden: boolean;
  readonly x: XAxis;
}

export interface CurveRequest {
  readonly experiment: string;
  readonly question: string;
  readonly evaluations: readonly EvaluationRecord[];
  readonly labelOf: (runId: string) => string;
  /** A `Measure.id`; left out: the one with the most rows, generative perplexity first. */
  readonly measure?: string | undefined;
  /** Left out: only lines at temperature 1. */
  readonly allTemperatures?: boolean;
  readonly x?: XAxis | undefined;
  /** Lines are per value of this (a config key's, say) and round; left out: per round. */
  readonly groupOf?: ((e: EvaluationRecord) => string) | undefined;
  readonly commitOf?: (runId: string) => string;
}

export const scaleOf = (metric: string): "log" | "linear" => (isPerplexity(metric) ? "log" : "linear");

export function isPerplexity(metric: string): boolean {
  return /ppl|perplexity/.test(metric);
}

export function measureOf(e: EvaluationRecord): Measure {
  const judge = e.judgeHash === null ? "" : ` ${e.judgeHash.slice(0, 12)}`;
  return { id: e.definition + judge, metric: e.metric, definition: e.definition, judgeHash: e.judgeHash };
}

export function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

/** What can be drawn against steps: generative perplexity first, then by number of rows. */
export function measuresOf(evaluations: readonly EvaluationRecord[]): Measure[] {
  const drawn = evaluations.filter((e) => e.steps !== null);
  const groups = [...groupBy(drawn, (e) => measureOf(e).id).values()];
  const first = (rows: EvaluationRecord[]) => rows[0] as EvaluationRecord;
  const rank = (rows: EvaluationRecord[]) => rows.length + (first(rows).metric === "gen-ppl" ? 1e9 : 0);
  return groups.sort((a, b) => rank(b) - rank(a)).map((rows) => measureOf(first(rows)));
}

export function replicates(rows: readonly EvaluationRecord[]): EvaluationRecord[] {
  const groups = groupBy(rows, (e) => `${e.checkpointHash} ${e.seed}`);
  return [...groups.values()].map((same) => same.reduce((best, e) => (e.n > best.n ? e : best)));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

function provenance(used: readonly EvaluationRecord[], commitOf: (runId: string) => string): Provenance {
  const runs = unique(used.map((e) => e.runId));
  return {
    runs,
    commits: unique(runs.map(commitOf)).filter((commit) => commit !== ""),
    checkpoints: unique(used.map((e) => e.checkpointHash)),
    seeds: unique(used.map((e) => e.seed)),
    dtypes: unique(used.map((e) => e.dtype)),
  };
}

/** Milliseconds a sample, over the evaluations that were timed. */
function sampleMs(used: readonly EvaluationRecord[]): number | null {
  return mean(used.flatMap((e) => (e.wallMs === null || e.n === 0 ? [] : [e.wallMs / e.n])));
}

interface Shape {
  readonly scale: "log" | "linear";
  readonly x: XAxis;
  readonly groupOf: ((e: EvaluationRecord) => string) | undefined;
  readonly commitOf: (runId: string) => string;
}

function pointOf(rows: readonly EvaluationRecord[], { scale, x, commitOf }: Shape): CurvePoint {
  const used = replicates(rows);
  const withEntropy = used.filter((e) => e.entropy !== null);
  const entropies = withEntropy.map((e) => ({ value: e.entropy as number, stderr: e.entropyStderr }));
  const steps = (used[0] as EvaluationRecord).steps ?? 0;
  const nfe = mean(used.flatMap((e) => (e.nfe === null ? [] : [e.nfe])));
  const places: Record<XAxis, () => number | null> = { steps: () => steps, nfe: () => nfe, time: () => sampleMs(used) };
  return {
    steps,
    x: places[x](),
    value: estimate(used, scale),
    entropy: entropies.length === 0 ? null : estimate(entropies, "linear"),
    nfe,
    samples: used.reduce((sum, e) => sum + e.n, 0),
    keys: used.map((e) => e.key),
    from: provenance(used, commitOf),
  };
}

function labelOfSeries({ round, temperature, weights }: EvaluationRecord, group: string, bothWeights: boolean): string {
  const name = round === 0 ? "teacher" : group === "" ? `round ${round}` : `${group}, round ${round}`;
  const shown = bothWeights ? `${name} (${weights})` : name;
  return temperature === 1 ? shown : `${shown}, τ ${temperature}`;
}

function seriesOf(rows: readonly EvaluationRecord[], shape: Shape): Series[] {
  const groupOf = (e: EvaluationRecord) => (e.round === 0 ? "" : (shape.groupOf?.(e) ?? ""));
  const groups = unique(rows.map(groupOf).filter((group) => group !== "")).sort();
  const lines = groupBy(rows, (e) => `${groupOf(e)}-${e.round}-${e.temperature}-${e.weights}`);
  const weightsOf = groupBy(
    [...lines.values()].flatMap((line) => line.slice(0, 1)),
    (e) => `${groupOf(e)}-${e.round}-${e.temperature}`,
  );
  const series = [...lines].map(([id, line]): Series => {
    const head = line[0] as EvaluationRecord;
    const { round, temperature } = head;
    const group = groupOf(head);
    const points = [...groupBy(line, (e) => String(e.steps)).values()].map((same) => pointOf(same, shape));
    points.sort((a, b) => (a.x ?? a.steps) - (b.x ?? b.steps));
    const bothWeights = (weightsOf.get(`${group}-${round}-${temperature}`)?.length ?? 0) > 1;
    const look = group === "" ? round : 1 + groups.indexOf(group);
    return { id, label: labelOfSeries(head, group, bothWeights), round, look, temperature, points };
  });
  const order = (a: Series, b: Series) =>
    Number(a.look > 0) - Number(b.look > 0) || a.round - b.round || a.look - b.look;
  return series.sort((a, b) => order(a, b) || b.temperature - a.temperature || a.label.localeCompare(b.label));
}

function referencesOf(rows: readonly EvaluationRecord[], scale: "log" | "linear", labelOf: (runId: string) => string) {
  const levels = groupBy(
    rows.filter((e) => e.steps === null),
    (e) => labelOf(e.runId),
  );
  return [...levels].map(([label, same]): Reference => {
    const used = replicates(same);
    return { label, value: estimate(used, scale), keys: used.map((e) => e.key) };
  });
}

/** Gathers an experiment's evaluations under one measure into lines, points and references. */
export function curveOf(request: CurveRequest): Curve {
  const { experiment, question, evaluations, labelOf, groupOf, x = "steps", commitOf = () => "" } = request;
  const measures = measuresOf(evaluations);
  const measure = measures.find(({ id }) => id === request.measure) ?? measures[0] ?? null;
  const rows = evaluations.filter((e) => measureOf(e).id === measure?.id);
  const stepped = rows.filter((e) => (e.steps ?? 0) > 0);
  const shown = stepped.filter((e) => request.allTemperatures === true || e.temperature === 1);
  const scale = scaleOf(measure?.metric ?? "");
  const series = seriesOf(shown, { scale, x, groupOf, commitOf });
  const references = referencesOf(rows, scale, labelOf);
  const hasHidden = stepped.some((e) => e.temperature !== 1);
  return { experiment, question, measure, measures, series, references, hasHidden, x };
}
