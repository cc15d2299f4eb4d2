/**
 * @file Runs side by side: the config keys that differ, and differences over the evaluations that pair up.
 *
 * Two evaluations pair when measure, step count, temperature, precision and sampling seed are the same; the interval is
 * Student's over the pairs, of a single pair the normal one over its samples. A ratio is taken for perplexities and a difference for the rest, first run against each other one.
 */
import { type EvaluationRecord, type RunRecord, userError } from "@sdtt/core/store";
import { measureOf } from "../charts/data/curve.js";
import { kindOf, type Scale } from "../charts/data/metrics.js";
import { type Estimate, estimateOf, type Measured } from "../charts/data/statistics.js";
import { evaluationsOf } from "./run.js";
import type { Reader } from "./stores/merged.js";

export interface Difference {
  readonly measure: string;
  readonly steps: number | null;
  readonly temperature: number;
  /** `ratio`: the other's over the first's; `difference`: the other's less the first's. */
  readonly kind: "ratio" | "difference";
  /** By run, the first left out; null where nothing pairs. */
  readonly against: readonly (Estimate | null)[];
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

/** A ratio or a difference; its standard error, over samples, is that of two independent means. */
function pairOf(e: EvaluationRecord, than: EvaluationRecord, scale: Scale): Measured {
  const errors = [e, than].map(({ value, stderr }) =>
    stderr === null ? Number.NaN : scale === "log" ? stderr / value : stderr,
  );
  const value = scale === "log" ? e.value / than.value : e.value - than.value;
  return { value, stderr: Math.hypot(...errors) * (scale === "log" ? value : 1) };
}

const cellOf = (e: EvaluationRecord) => JSON.stringify([measureOf(e).id, e.steps, e.temperature, e.dtype]);

/** The evaluation of the same seed; of several the most alike. */
function partnerOf(e: EvaluationRecord, rows: readonly EvaluationRecord[]): EvaluationRecord | undefined {
  const likeness = ({ n, weights }: EvaluationRecord) => 2 * Number(n === e.n) + Number(weights === e.weights);
  return rows.filter(({ seed }) => seed === e.seed).sort((a, b) => likeness(b) - likeness(a))[0];
}

function differenceOf(
  cell: readonly EvaluationRecord[][],
  metric: string,
): Pick<Difference, "against" | "means" | "keys"> {
  const { scale } = kindOf(metric);
  const [first = [], ...others] = cell;
  const against = others.map((rows) => {
    const pairs = rows.flatMap((e) => {
      const partner = partnerOf(e, first);
      return partner === undefined ? [] : [pairOf(e, partner, scale)];
    });
    return pairs.length === 0 ? null : estimateOf(metric, pairs);
  });
  const means = cell.map((rows) => (rows.length === 0 ? null : estimateOf(metric, rows)));
  return { against, means, keys: cell.map((rows) => rows.map(({ key }) => key)) };
}

function differencesOf(made: readonly EvaluationRecord[][]): Difference[] {
  const cells = new Map(made.flat().map((e) => [cellOf(e), e]));
  const rows = [...cells].map(([id, head]): Difference => {
    const cell = made.map((rows) => rows.filter((e) => cellOf(e) === id));
    const kind = kindOf(head.metric).scale === "log" ? ("ratio" as const) : ("difference" as const);
    const about = { measure: measureOf(head).id, steps: head.steps, temperature: head.temperature, kind };
    return { ...about, ...differenceOf(cell, head.metric) };
  });
  return rows.sort((a, b) => a.measure.localeCompare(b.measure) || (a.steps ?? 0) - (b.steps ?? 0));
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
  return { runs: brief, ...configRows(runs), differences: differencesOf(made), samples: sampleChoices(made) };
}
