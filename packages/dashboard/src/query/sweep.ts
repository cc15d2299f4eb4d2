/**
 * @file An experiment's training runs as a grid over the config keys in which they differ, with each cell's state.
 *
 * Made from the runs themselves, so that it also shows what was started by hand. Seeds and rounds are not axes: they are
 * counted within a cell.
 */
import { type RunRecord, userError } from "@sdtt/core/store";
import { measureOf, measuresOf } from "../charts/curve.js";
import { groupBy } from "../charts/lines.js";
import { kindOf } from "../charts/metrics.js";
import { type Estimate, estimate } from "../charts/statistics.js";
import { selectExperiment } from "../experiment.js";
import type { Reader } from "../stores/merged.js";

export interface SweepCell {
  /** The value on each axis, as JSON. */
  readonly at: readonly string[];
  readonly statuses: Readonly<Record<string, number>>;
  readonly seeds: readonly number[];
  /** The newest round of the cell that was judged, and its value at the chosen step count. */
  readonly round: number | null;
  readonly value: Estimate | null;
  readonly runs: readonly string[];
  /** Of runs that failed or were stopped: what starts them again. */
  readonly retry: readonly string[];
}

export interface Sweep {
  readonly experiment: string;
  readonly axes: readonly { readonly key: string; readonly values: readonly string[] }[];
  readonly cells: readonly SweepCell[];
  readonly measure: string | null;
  readonly steps: number | null;
  readonly stepChoices: readonly number[];
  readonly training: number;
}

const notAxes = new Set(["seed", "name", "until", "root", "experiment", "threads", "evaluate", "tokenizer", "resume"]);
const packages: Record<string, string> = { distill: "distill", eval: "eval" };

function axesOf(runs: readonly RunRecord[]): Sweep["axes"] {
  const keys = [...new Set(runs.flatMap(({ config }) => Object.keys(config)))]
    .filter((key) => !notAxes.has(key))
    .sort();
  const axes = keys.map((key) => {
    const values = [...new Set(runs.map(({ config }) => JSON.stringify(config[key] ?? null)))];
    return { key, values: values.sort((a, b) => Number(a) - Number(b) || a.localeCompare(b)) };
  });
  return axes.filter(({ values }) => values.length > 1);
}

/** A command line as it can be given again: the stored one begins with the program's name. */
export function retryCommand({ command }: RunRecord): string {
  const [program = "", ...rest] = command.split(" ");
  const folder = packages[program];
  return folder === undefined ? command : ["node", `packages/${folder}/dist/cli.js`, ...rest].join(" ");
}

interface Judged {
  readonly valueAt: (runs: readonly RunRecord[]) => { round: number; value: Estimate } | null;
  readonly measure: string | null;
  readonly stepChoices: readonly number[];
  readonly steps: number | null;
}

function judging(reader: Reader, experiment: string, runs: readonly RunRecord[], wanted: number | undefined): Judged {
  const evaluations = reader.evaluations({ experiment });
  const measure = measuresOf(evaluations)[0] ?? null;
  const rows = evaluations.filter((e) => measureOf(e).id === measure?.id && e.temperature === 1 && e.round > 0);
  const stepChoices = [...new Set(rows.flatMap(({ steps }) => (steps === null ? [] : [steps])))].sort((a, b) => a - b);
  const steps = wanted ?? stepChoices.find((count) => count >= 8) ?? stepChoices[0] ?? null;
  const ids = new Set(runs.map(({ id }) => id));
  const runOf = new Map(reader.checkpoints().flatMap(({ hash, runId }) => (ids.has(runId) ? [[hash, runId]] : [])));
  const byRun = groupBy(
    rows.filter((e) => e.steps === steps),
    (e) => runOf.get(e.checkpointHash) ?? e.runId,
  );
  const { scale } = kindOf(measure?.metric ?? "");
  const valueAt: Judged["valueAt"] = (cell) => {
    const all = cell.flatMap(({ id }) => byRun.get(id) ?? []);
    const round = Math.max(...all.map((e) => e.round));
    const newest = all.filter((e) => e.round === round);
    return newest.length === 0 ? null : { round, value: estimate(newest, scale) };
  };
  return { valueAt, measure: measure?.id ?? null, stepChoices, steps };
}

/** Throws UserError for an unknown experiment or a step count that was not judged. */
export function sweepOf(reader: Reader, name: string | undefined, wanted: number | undefined): Sweep {
  const experiment = selectExperiment(reader, name).name;
  const training = reader.runs({ experiment }).filter(({ stage }) => stage === "round" || stage === "pretrain");
  const axes = axesOf(training);
  const { valueAt, ...judged } = judging(reader, experiment, training, wanted);
  if (wanted !== undefined && !judged.stepChoices.includes(wanted)) {
    const remedy = `Give one of: ${judged.stepChoices.join(", ") || "none yet"}.`;
    throw userError("sweep", "steps must be a step count that was judged", wanted, remedy);
  }
  const at = ({ config }: RunRecord) => axes.map(({ key }) => JSON.stringify(config[key] ?? null));
  const cells = [...groupBy(training, (run) => JSON.stringify(at(run))).values()].map((runs): SweepCell => {
    const statuses = groupBy(runs, ({ status }) => status);
    const found = valueAt(runs);
    return {
      at: at(runs[0] as RunRecord),
      statuses: Object.fromEntries([...statuses].map(([status, same]) => [status, same.length])),
      seeds: [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b),
      round: found?.round ?? null,
      value: found?.value ?? null,
      runs: runs.map(({ id }) => id),
      retry: runs.filter(({ status }) => status === "failed" || status === "stopped").map(retryCommand),
    };
  });
  return { experiment, axes, cells, ...judged, training: training.length };
}
