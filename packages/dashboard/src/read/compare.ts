/**
 * @file Runs side by side: the config keys that differ, and differences over the evaluations that pair up.
 *
 * Two evaluations pair when measure, step count, temperature, precision, weights and sampling seed are the same; on shared items they are
 * compared item by item. A ratio is taken for perplexities and a difference for the rest, first run against each other one.
 * What is told apart is so within the family of all that is shown; measures that a temperature moves are never.
 */

import { userError } from "@sdtt/core/base";
import {
  betweenSeeds,
  type Cell,
  type Effect,
  type Estimate,
  effectInterval,
  effectOf,
  familyVerdicts,
  type MetricKind,
  metricKind,
  pairedByItem,
  type Replicate,
  tableEstimates,
} from "@sdtt/core/statistics";
import type { EvaluationRecord, RunRecord } from "@sdtt/core/store";
import { valueCell } from "../charts/data/cells.js";
import { measureOf } from "../charts/data/measure.js";
import { evaluationsOf } from "./run.js";
import type { Reader } from "./stores/merged.js";

/** Against the first run. */
export interface Against extends Estimate {
  /** Whether it leaves "no difference" out, in the family of all that are shown. */
  readonly isTold: boolean;
}

export interface Difference {
  readonly measure: string;
  readonly steps: number | null;
  readonly temperature: number;
  /** `ratio`: the other's over the first's; `difference`: the other's less the first's. */
  readonly kind: "ratio" | "difference";
  /** By run, the first left out; null where nothing pairs. */
  readonly against: readonly (Against | null)[];
  /** By run: the mean, and the evaluations' keys. */
  readonly means: readonly (Estimate | null)[];
  readonly keys: readonly (readonly string[])[];
}

export interface SampleChoice {
  readonly label: string;
  /** By run; null where the run has no such evaluation. */
  readonly keys: readonly (string | null)[];
}

export interface Comparison {
  readonly runs: readonly Omit<RunRecord, "config">[];
  readonly differing: readonly { readonly key: string; readonly values: readonly unknown[] }[];
  readonly same: number;
  readonly differences: readonly Difference[];
  readonly samples: readonly SampleChoice[];
}

const maxCompared = 6;

function configRows(runs: readonly RunRecord[]) {
  const own = (run: RunRecord) => ({
    ...run.config,
    "(stage)": run.stage,
    "(round)": run.round,
    "(seed)": run.seed,
    "(engine)": run.engine,
    "(machine)": run.machine,
    "(commit)": run.commit,
  });
  const configs = runs.map((run) => own(run) as Readonly<Record<string, unknown>>);
  const keys = [...new Set(configs.flatMap((config) => Object.keys(config)))].sort();
  const rows = keys.map((key) => ({ key, values: configs.map((config) => config[key] ?? null) }));
  const differing = rows.filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
  return { differing, same: rows.length - differing.length };
}

type Row = EvaluationRecord;

/** On shared items the error is that of their differences, where what was kept of them makes up the figures. */
function byItem(reader: Reader, { scale }: MetricKind, ours: Row, theirs: Row): Replicate | undefined {
  const [a, b] = [ours, theirs].map(({ key }) => reader.itemScores(key));
  if (!a || !b || a.items !== b.items) return undefined;
  const found = pairedByItem(a, b, ours.subjectHash);
  const expected = scale === "log" ? Math.log(ours.value / theirs.value) : ours.value - theirs.value;
  return Math.abs(found.value - expected) < 1e-6 * (1 + Math.abs(expected)) ? found : undefined;
}

/** A ratio's logarithm or a difference; its standard error, over samples, is that of two independent means. */
function pairOf(reader: Reader, kind: MetricKind, e: Row, than: Row): Replicate {
  const items = kind.errorOver === "items" ? byItem(reader, kind, e, than) : undefined;
  if (items) return items;
  const isLog = kind.scale === "log";
  const [a, b] = [e, than].map(({ value, stderr }) =>
    isLog ? (stderr ?? Number.NaN) / value : (stderr ?? Number.NaN),
  );
  const stderr = Math.hypot(a as number, b as number);
  const value = isLog ? Math.log(e.value / than.value) : e.value - than.value;
  return { value, stderr: Number.isNaN(stderr) ? null : stderr, model: e.subjectHash };
}

/** What two evaluations must have in common to pair; weights too, where a run has been measured with both. */
function cellOf(e: Row, hasBoth: boolean): string {
  return JSON.stringify([measureOf(e).id, e.steps, e.temperature, e.dtype, hasBoth ? e.weights : null]);
}

const hasBothWeights = (made: readonly (readonly Row[])[]): boolean =>
  made.some((rows) => new Set(rows.filter(({ round }) => round > 0).map(({ weights }) => weights)).size > 1);

/** The evaluation of the same draws; of several the one of as many samples. */
function partnerOf(e: Row, rows: readonly Row[]): Row | undefined {
  return rows.filter(({ seed }) => seed === e.seed).sort((a, b) => Number(b.n === e.n) - Number(a.n === e.n))[0];
}

interface Compared {
  readonly head: Row;
  readonly rows: readonly (readonly Row[])[];
  /** By run, the first left out. */
  readonly cells: readonly (Cell | undefined)[];
}

function comparedAt(reader: Reader, made: readonly (readonly Row[])[], id: string, hasBoth: boolean): Compared {
  const rows = made.map((all) => all.filter((e) => cellOf(e, hasBoth) === id));
  const head = rows.flat()[0] as Row;
  const kind = metricKind(head.metric);
  const [first = [], ...others] = rows;
  const cells = others.map((own, i): Cell | undefined => {
    const pairs = own.flatMap((e) => {
      const partner = partnerOf(e, first);
      return partner ? [pairOf(reader, kind, e, partner)] : [];
    });
    return pairs.length === 0
      ? undefined
      : { replicates: pairs, line: String(i), sharesItems: kind.errorOver === "items" };
  });
  return { head, rows, cells };
}

const meanOf = (metric: string, rows: readonly Row[]): Estimate | null =>
  rows.length === 0 ? null : (tableEstimates(metric, [valueCell(rows, "")])[0] ?? null);

function estimateOf({ scale, errorOver }: MetricKind, effect: Effect): Estimate {
  const { mean, low, high, n } = effectInterval(effect);
  const back = scale === "log" ? Math.exp : (value: number) => value;
  const over = effect.over === "samples" ? errorOver : effect.over;
  return { mean: back(mean), low: back(low), high: back(high), n, over };
}

/** Effects of all cells, those of one measure with the variance between trainings that they share. */
function effectsOf(all: readonly Compared[]): (Effect | undefined)[][] {
  const between = new Map<string, ReturnType<typeof betweenSeeds>>();
  for (const { head } of all) {
    const { id } = measureOf(head);
    const same = all.filter((one) => measureOf(one.head).id === id);
    between.set(id, betweenSeeds(same.flatMap(({ cells }) => cells.filter((cell) => cell !== undefined))));
  }
  return all.map(({ head, cells }) => cells.map((cell) => cell && effectOf(cell, between.get(measureOf(head).id))));
}

const isJudged = ({ better, isMatched }: MetricKind): boolean => better !== null && !isMatched;

const byName = new Intl.Collator("en");

/** What pairs comes first, of it generative perplexity: what only one run was measured by says nothing of the others. */
const rankOf = ({ against, measure }: Difference): number =>
  (against.some((one) => one !== null) ? 0 : 2) + (measure.startsWith("gen-ppl") ? 0 : 1);

function differencesOf(reader: Reader, made: readonly (readonly Row[])[]): Difference[] {
  const hasBoth = hasBothWeights(made);
  const ids = [...new Set(made.flat().map((e) => cellOf(e, hasBoth)))];
  const all = ids.map((id) => comparedAt(reader, made, id, hasBoth));
  const effects = effectsOf(all);
  const judged = all.flatMap(({ head }, i) => (isJudged(metricKind(head.metric)) ? (effects[i] ?? []) : []));
  const verdicts = new Map(familyVerdicts(judged).map((verdict, i) => [judged[i], verdict]));
  const rows = all.map(({ head, rows: own }, i): Difference => {
    const kind = metricKind(head.metric);
    const about = {
      steps: head.steps,
      temperature: head.temperature,
      kind: kind.scale === "log" ? "ratio" : "difference",
    } as const;
    const against = (effects[i] ?? []).map((effect): Against | null => {
      const verdict = effect && verdicts.get(effect);
      return effect ? { ...estimateOf(kind, effect), isTold: verdict === "better" || verdict === "worse" } : null;
    });
    const means = own.map((some) => meanOf(head.metric, some));
    const measure = hasBoth ? `${measureOf(head).id}, ${head.weights}` : measureOf(head).id;
    return { measure, ...about, against, means, keys: own.map((some) => some.map(({ key }) => key)) };
  });
  return rows.sort(
    (a, b) => rankOf(a) - rankOf(b) || byName.compare(a.measure, b.measure) || (a.steps ?? 0) - (b.steps ?? 0),
  );
}

function sampleChoices(made: readonly EvaluationRecord[][]): SampleChoice[] {
  const drawn = made.map((rows) => rows.filter((e) => e.metric === "gen-ppl" && e.steps !== null));
  const labelOf = (e: EvaluationRecord) =>
    `${e.steps} steps, seed ${e.seed}${e.temperature === 1 ? "" : `, τ ${e.temperature}`}`;
  const labels = [...new Set(drawn.flat().map(labelOf))];
  const choices = labels.map((label) => {
    return { label, keys: drawn.map((rows) => rows.find((e) => labelOf(e) === label)?.key ?? null) };
  });
  const shared = ({ keys }: SampleChoice) => keys.filter((key) => key !== null).length;
  return choices.sort((a, b) => shared(b) - shared(a)).slice(0, 200);
}

/** Throws UserError for a run that no store has, or too many runs. */
export function compareRuns(reader: Reader, ids: readonly string[]): Comparison {
  if (ids.length > maxCompared) {
    throw userError("compare", `there must be at most ${maxCompared} runs`, ids.length, "Leave some out.");
  }
  const runs = ids.map((id) => {
    const run = reader.run(id);
    if (run === undefined) throw userError("compare", "each run must be in the store", id, "Choose among the runs.");
    return run;
  });
  const made = runs.map(({ id }) => evaluationsOf(reader, id));
  const brief = runs.map(({ config: _, ...run }) => run);
  return { runs: brief, ...configRows(runs), differences: differencesOf(reader, made), samples: sampleChoices(made) };
}
