/**
 * @file Training runs that were started by hand as a grid over the config keys in which they differ.
 *
 * Seeds and rounds are no axes: they are counted within a cell.
 */
import type { RunRecord } from "@sdtt/core/store";
import { measureOf, measuresOf } from "../charts/data/curve.js";
import { groupBy, replicates, unique } from "../charts/data/lines.js";
import { type Estimate, estimateOf } from "../charts/data/statistics.js";
import type { Reader } from "./stores/merged.js";
import type { OpenCell, Sweep, SweepCell } from "./sweep.js";
import { axesOf, meanEntropy, notAxes, placeOf, sortedSteps, stepsShown, tally } from "./sweepAxes.js";

const programs: Readonly<Record<string, string>> = { distill: "distill", eval: "eval" };

/** A command line as it can be given again: the stored one begins with the program's name. */
export function retryCommand({ command }: RunRecord): string {
  const [program = "", ...rest] = command.split(" ");
  const folder = Object.hasOwn(programs, program) ? programs[program] : undefined;
  return folder === undefined ? command : ["node", `packages/${folder}/dist/cli.js`, ...rest].join(" ");
}

interface Judged {
  readonly valueAt: (runs: readonly RunRecord[]) => { round: number; value: Estimate; entropy: number | null } | null;
  readonly measure: string | null;
  readonly stepChoices: readonly number[];
  readonly steps: number | null;
}

function judging(reader: Reader, experiment: string, runs: readonly RunRecord[], wanted: number | undefined): Judged {
  const evaluations = reader.evaluations({ experiment });
  const measure = measuresOf(evaluations)[0] ?? null;
  const rows = evaluations.filter((e) => measureOf(e).id === measure?.id && e.temperature === 1 && e.round > 0);
  const stepChoices = sortedSteps(rows.map(({ steps }) => steps));
  const steps = stepsShown(stepChoices, wanted);
  const ids = new Set(runs.map(({ id }) => id));
  const runOf = new Map(reader.checkpoints().flatMap(({ hash, runId }) => (ids.has(runId) ? [[hash, runId]] : [])));
  const byRun = groupBy(
    rows.filter((e) => e.steps === steps),
    (e) => runOf.get(e.checkpointHash) ?? e.runId,
  );
  const valueAt: Judged["valueAt"] = (cell) => {
    const all = cell.flatMap(({ id }) => byRun.get(id) ?? []);
    const round = Math.max(...all.map((e) => e.round));
    const newest = replicates(all.filter((e) => e.round === round));
    if (newest.length === 0) return null;
    return { round, value: estimateOf(measure?.metric ?? "", newest), entropy: meanEntropy(newest) };
  };
  return { valueAt, measure: measure?.id ?? null, stepChoices, steps };
}

function openCell(run: RunRecord): OpenCell[] {
  if (run.status === "done") return [];
  const commands: Record<string, string> = run.status === "running" ? {} : { retry: retryCommand(run) };
  return [{ label: run.id, state: run.status, note: "", commands }];
}

export function sweepOfRuns(reader: Reader, experiment: string, wanted: number | undefined): Sweep {
  const training = reader.runs({ experiment }).filter(({ stage }) => stage === "round" || stage === "pretrain");
  const keys = unique(training.flatMap(({ config }) => Object.keys(config))).filter((key) => !notAxes.has(key));
  const axes = axesOf(
    keys.sort(),
    training.map(({ config }) => config),
  );
  const { valueAt, ...judged } = judging(reader, experiment, training, wanted);
  const groups = groupBy(training, ({ config }) => JSON.stringify(placeOf(axes, config)));
  const cells = [...groups.values()].map((runs): SweepCell => {
    const found = valueAt(runs);
    return {
      at: placeOf(axes, (runs[0] as RunRecord).config),
      statuses: tally(runs.map(({ status }) => status)),
      seeds: unique(runs.map(({ seed }) => seed)).sort((a, b) => a - b),
      round: found?.round ?? null,
      value: found?.value ?? null,
      entropy: found?.entropy ?? null,
      runs: runs.map(({ id }) => id),
    };
  });
  const counts = tally(training.map(({ status }) => status));
  return { experiment, axes, cells, ...judged, counts, open: training.flatMap(openCell), commands: {} };
}
