/**
 * @file Quality against step count: evaluations of one experiment, gathered into one line per round.
 *
 * Pure: the server, the page's tests and the plot command all call this with rows of the store. A measure that knows no
 * step counts (a last-word accuracy is of one pass) is drawn against rounds.
 */
import type { EvaluationRecord } from "@sdtt/core/store";
import { type GroupOf, groupBy, lineNames, replicates, unique } from "./lines.js";
import { type Estimate, estimate, estimateOf } from "./statistics.js";

export interface Measure {
  readonly id: string;
  readonly metric: string;
  readonly definition: string;
  readonly judgeHash: string | null;
}

/** What stands on the horizontal axis: step count, network evaluations made, milliseconds a sample, or the round. */
export type XAxis = "steps" | "nfe" | "time" | "round";

/** Where a point's evaluations come from; of each kind every value once. */
export interface Provenance {
  readonly runs: readonly string[];
  readonly commits: readonly string[];
  readonly checkpoints: readonly string[];
  readonly seeds: readonly number[];
  readonly dtypes: readonly string[];
}

export interface CurvePoint {
  /** 1 for a measure that knows no step counts. */
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
  readonly label: string;
  readonly round: number;
  /** Of lines that are not per round alone; else empty. */
  readonly group: string;
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
  /** Whether the measure knows no step counts: it has none, or is always of one pass. */
  readonly isLevel: boolean;
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
  readonly groupOf?: GroupOf | undefined;
  readonly commitOf?: (runId: string) => string;
  /** Whether a checkpoint is a teacher of the experiment, and no baseline. */
  readonly isTeacher?: (hash: string) => boolean;
}

export function measureOf(e: EvaluationRecord): Measure {
  const judge = e.judgeHash === null ? "" : ` ${e.judgeHash.slice(0, 12)}`;
  return { id: e.definition + judge, metric: e.metric, definition: e.definition, judgeHash: e.judgeHash };
}

/** What can be drawn: generative perplexity first, then by number of rows. */
export function measuresOf(evaluations: readonly EvaluationRecord[]): Measure[] {
  const drawn = evaluations.filter((e) => e.steps !== null || e.round > 0);
  const groups = [...groupBy(drawn, (e) => measureOf(e).id).values()];
  const first = (rows: EvaluationRecord[]) => rows[0] as EvaluationRecord;
  const rank = (rows: EvaluationRecord[]) => rows.length + (first(rows).metric === "gen-ppl" ? 1e9 : 0);
  return groups.sort((a, b) => rank(b) - rank(a)).map((rows) => measureOf(first(rows)));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
}

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
  readonly metric: string;
  readonly x: XAxis;
  readonly groupOf: GroupOf;
  readonly commitOf: (runId: string) => string;
}

function pointOf(rows: readonly EvaluationRecord[], { metric, x, commitOf }: Shape): CurvePoint {
  const used = replicates(rows);
  const withEntropy = used.filter((e) => e.entropy !== null);
  const entropies = withEntropy.map((e) => ({ value: e.entropy as number, stderr: e.entropyStderr }));
  const { steps: counted, round } = used[0] as EvaluationRecord;
  const steps = counted ?? 1;
  const nfe = mean(used.flatMap((e) => (e.nfe === null ? [] : [e.nfe])));
  const places: Record<XAxis, number | null> = { steps, nfe, time: sampleMs(used), round };
  return {
    steps,
    x: places[x],
    value: estimateOf(metric, used),
    entropy: entropies.length === 0 ? null : estimate(entropies, "linear"),
    nfe,
    samples: used.reduce((sum, e) => sum + e.n, 0),
    keys: used.map((e) => e.key),
    from: provenance(used, commitOf),
  };
}

function seriesOf(rows: readonly EvaluationRecord[], shape: Shape): Series[] {
  const groupOf: GroupOf = (e) => (e.round === 0 ? "" : shape.groupOf(e));
  const groups = unique(rows.map(groupOf).filter((group) => group !== "")).sort();
  const lines = groupBy(rows, lineNames(rows, groupOf));
  const series = [...lines].map(([label, line]): Series => {
    const head = line[0] as EvaluationRecord;
    const { round, temperature } = head;
    const group = groupOf(head);
    const points = [...groupBy(line, (e) => String(e.steps)).values()].map((same) => pointOf(same, shape));
    points.sort((a, b) => (a.x ?? a.steps) - (b.x ?? b.steps));
    const look = group === "" ? round : 1 + groups.indexOf(group);
    return { label, round, group, look, temperature, points };
  });
  const order = (a: Series, b: Series) =>
    Number(a.look > 0) - Number(b.look > 0) || a.round - b.round || a.look - b.look;
  return series.sort((a, b) => order(a, b) || b.temperature - a.temperature || a.label.localeCompare(b.label));
}

function referencesOf(rows: readonly EvaluationRecord[], metric: string, labelOf: (runId: string) => string) {
  const levels = groupBy(rows, (e) => labelOf(e.runId));
  return [...levels].map(([label, same]): Reference => {
    const used = replicates(same);
    return { label, value: estimateOf(metric, used), keys: used.map((e) => e.key) };
  });
}

/** Gathers an experiment's evaluations under one measure into lines, points and references. */
export function curveOf(request: CurveRequest): Curve {
  const { experiment, question, evaluations, labelOf, groupOf = () => "", commitOf = () => "" } = request;
  const { allTemperatures = false, isTeacher = () => true } = request;
  const measures = measuresOf(evaluations);
  const measure = measures.find(({ id }) => id === request.measure) ?? measures[0] ?? null;
  const rows = evaluations.filter((e) => measureOf(e).id === measure?.id);
  const counts = unique(rows.flatMap(({ steps }) => (steps === null ? [] : [steps])));
  const isReference = (e: EvaluationRecord) =>
    e.steps === null && e.round === 0 && (counts.length > 0 || !isTeacher(e.checkpointHash));
  const drawn = rows.filter((e) => !isReference(e));
  const shown = drawn.filter((e) => allTemperatures || e.temperature === 1);
  const isLevel = measure !== null && counts.every((count) => count <= 1);
  const x = request.x ?? (isLevel ? "round" : "steps");
  const metric = measure?.metric ?? "";
  const series = seriesOf(shown, { metric, x, groupOf, commitOf });
  const references = referencesOf(rows.filter(isReference), metric, labelOf);
  const hasHidden = drawn.some((e) => e.temperature !== 1);
  return { experiment, question, measure, measures, series, references, hasHidden, x, isLevel };
}
