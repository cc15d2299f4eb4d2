/**
 * @file Quality against step count: evaluations of one experiment, gathered into one line per round.
 *
 * Pure: the server, the page's tests and the plot command all call this with rows of the store. A measure that knows no
 * step counts (a last-word accuracy is of one pass) is drawn against rounds.
 */
import { type Estimate, metricKind } from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { estimateEntropy, estimateValue, type Variation, variationOf } from "./cells.js";
import { groupBy, type Lines, levelNames, linesOf, once, replicates, unique } from "./lines.js";
import { type Gains, gainsAtMatchedEntropy } from "./matched.js";
import { type Measure, measuresOf, rowsOf, type SeedFigure } from "./measure.js";

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
  /** Milliseconds a sample, where that was measured. */
  readonly sampleMs: number | null;
  /** Samples judged, over all replicates. */
  readonly samples: number;
  /** The evaluations behind this point. */
  readonly keys: readonly string[];
  /** Each seed's own figure, for comparisons in pairs. */
  readonly seeds: readonly SeedFigure[];
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
  /** Of students over their teachers at matched entropy, at each step count; none where the measure is not of samples. */
  readonly matched: Gains;
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
  /** All of the experiment's, of which `evaluations` are shown: what varies between trainings is learnt from all. */
  readonly pool?: readonly EvaluationRecord[] | undefined;
  readonly labelOf: (runId: string) => string;
  /** A `Measure.id`; left out: the one with the most rows, generative perplexity first. */
  readonly measure?: string | undefined;
  /** Left out: only lines at temperature 1. */
  readonly allTemperatures?: boolean;
  readonly x?: XAxis | undefined;
  /** Which rows are one line; left out: of rows that nothing is known of but themselves. */
  readonly lines?: Lines | undefined;
  /** The same without what was only asked to be drawn apart; left out: `lines`. */
  readonly pooled?: Lines | undefined;
  readonly commitOf?: (runId: string) => string;
  /** Whether a checkpoint is a teacher of the experiment, and no baseline. */
  readonly isTeacher?: (hash: string) => boolean;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
}

function provenance(used: readonly EvaluationRecord[], commitOf: (runId: string) => string): Provenance {
  const runs = unique(used.map((e) => e.runId));
  return {
    runs,
    commits: unique(runs.map(commitOf)).filter((commit) => commit !== ""),
    checkpoints: unique(used.map((e) => e.subjectHash)),
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
  readonly lines: Lines;
  readonly variation: Variation;
  readonly commitOf: (runId: string) => string;
}

/** Its estimates are made when somebody asks: a leaderboard shows one step count of many, an answer in words only keys. */
function pointOf(rows: readonly EvaluationRecord[], { metric, x, lines, variation, commitOf }: Shape): CurvePoint {
  const used = replicates(rows);
  const { steps: counted, round } = used[0] as EvaluationRecord;
  const steps = counted ?? 1;
  const nfe = mean(used.flatMap((e) => (e.nfe === null ? [] : [e.nfe])));
  const ms = sampleMs(used);
  const places: Record<XAxis, number | null> = { steps, nfe, time: ms, round };
  const value = once(() => estimateValue(metric, used, variation));
  const entropy = once(() => estimateEntropy(used, variation));
  return {
    steps,
    x: places[x],
    get value() {
      return value();
    },
    get entropy() {
      return entropy();
    },
    nfe,
    sampleMs: ms,
    samples: used.reduce((sum, e) => sum + e.n, 0),
    keys: used.map((e) => e.key),
    get seeds() {
      return used.map((e) => ({ seed: lines.pairOf(e), value: e.value, stderr: e.stderr, model: e.subjectHash }));
    },
    get from() {
      return provenance(used, commitOf);
    },
  };
}

function seriesOf(rows: readonly EvaluationRecord[], shape: Shape): Series[] {
  const { groupOf, nameOf } = shape.lines;
  const groups = unique(rows.map(groupOf).filter((group) => group !== "")).sort();
  const series = [...groupBy(rows, nameOf)].map(([label, line]): Series => {
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
  const levels = groupBy(rows, levelNames(rows, labelOf));
  return [...levels].map(([label, same]): Reference => {
    const used = replicates(same);
    return { label, value: estimateValue(metric, used, { value: undefined }), keys: used.map((e) => e.key) };
  });
}

const unknownOrigin = () => ({ teacher: null, facts: {} });
/** Whatever else they are, they have no step count and are no teacher: a text, a baseline. */
const referenceTest = (rows: readonly EvaluationRecord[], isTeacher: (hash: string) => boolean) => {
  const isCounted = rows.some(({ steps }) => steps !== null);
  return (e: EvaluationRecord) => e.steps === null && e.round === 0 && (isCounted || !isTeacher(e.subjectHash));
};

/** Gathers an experiment's evaluations under one measure into lines, points and references. */
export function curveOf(request: CurveRequest): Curve {
  const { experiment, question, evaluations, labelOf, commitOf = () => "" } = request;
  const { allTemperatures = false, isTeacher = () => true, pool = evaluations } = request;
  const { lines = linesOf(pool, unknownOrigin) } = request;
  const measures = measuresOf(evaluations);
  const measure = measures.find(({ id }) => id === request.measure) ?? measures[0] ?? null;
  const ofMeasure = (all: readonly EvaluationRecord[]) => (measure ? rowsOf(all, measure.id) : []);
  const rows = ofMeasure(evaluations);
  const counts = unique(rows.flatMap(({ steps }) => (steps === null ? [] : [steps])));
  const isReference = referenceTest(rows, isTeacher);
  const drawn = rows.filter((e) => !isReference(e));
  const shown = drawn.filter((e) => allTemperatures || e.temperature === 1);
  const isLevel = measure !== null && counts.every((count) => count <= 1);
  const x = request.x ?? (isLevel ? "round" : "steps");
  const metric = measure?.metric ?? "";
  const known = ofMeasure(pool).filter((e) => !isReference(e));
  // Lazily: what is new somewhere is told by gains, and asks for few of the curves.
  const series = once(() => {
    const variation = variationOf(metric, known, request.pooled ?? lines);
    return seriesOf(shown, { metric, x, lines, variation, commitOf });
  });
  const references = once(() => referencesOf(rows.filter(isReference), metric, labelOf));
  const hasHidden = drawn.some((e) => e.temperature !== 1);
  const isShown = new Set(shown.map(({ key }) => key));
  const matched: Gains = metricKind(metric).isMatched
    ? gainsAtMatchedEntropy({
        ...{ evaluations: pool, measure: measure?.id ?? "", lines, pooled: request.pooled ?? lines },
        shown: ({ key }) => isShown.has(key),
      })
    : { gains: [], family: 0 };
  return {
    ...{ experiment, question, measure, measures },
    get series() {
      return series();
    },
    get references() {
      return references();
    },
    ...{ matched, hasHidden, x, isLevel },
  };
}
