/**
 * @file A submitted sweep as a grid: its axes are the definition's, its states the runner's, pruned cells with the reason.
 */
import { quoted } from "@sdtt/core/cli";
import {
  type ComparedRecipe,
  comparedRecipes,
  familyNote,
  formatInterval,
  formatNumber,
  gainMetric,
  gainOfRows,
  mean,
  metricKind,
  type RecipeOutcome,
} from "@sdtt/core/statistics";
import { groupBy } from "../../charts/data/lines.js";
import type { GridCell, OpenCell, Sweep } from "../../charts/data/sweepGrid.js";
import type { Reader } from "../stores/merged.js";
import type { Figure } from "../sweepFiles/files.js";
import type { SubmittedCell, SubmittedSweep } from "../sweepFiles/submitted.js";
import { axesOf, placeOf, sortedSteps, stepsShown, tally } from "./sweepAxes.js";

function commandsOf({ root, manifest }: SubmittedSweep): (what: "retry" | "cancel", cell?: string) => string {
  const where = `--sweep=${quoted(manifest.definition.name)} --root=${quoted(root)}`;
  return (what, cell) => {
    const command = `npx nx run experiments:${what} ${where}${cell === undefined ? "" : ` --cell=${cell}`}`;
    const again = `npx nx run experiments:sweep --spec=${quoted(manifest.spec.path)} --root=${quoted(root)}`;
    return what === "retry" ? `${command} && ${again}` : command;
  };
}

/** By the beginning of its key, which no shell and no task runner takes apart. */
function openCell(command: ReturnType<typeof commandsOf>, { cell, state, note }: SubmittedCell): OpenCell {
  const key = cell.key.slice(0, 12);
  const again: Record<string, string> =
    state === "failed" || state === "cancelled" ? { retry: command("retry", key) } : {};
  const canCancel = state === "running" || state === "pending" || state === "stopped";
  const stop: Record<string, string> = canCancel ? { cancel: command("cancel", key) } : {};
  return { label: cell.label, state, note, commands: { ...again, ...stop } };
}

/** What some cell can be done to, done to all of them. */
function forAll(command: ReturnType<typeof commandsOf>, open: readonly OpenCell[]): Record<string, string> {
  const can = (what: "retry" | "cancel") => open.some(({ commands }) => commands[what] !== undefined);
  return {
    ...(can("retry") ? { "retry what failed": command("retry") } : {}),
    ...(can("cancel") ? { "cancel what is not done": command("cancel") } : {}),
  };
}

/** One seed's figure at the last round that any of a cell's seeds came to. */
interface SeedResult extends RecipeOutcome {
  readonly round: number;
  readonly entropy: number | null;
  readonly isOutside: boolean;
}

/** The figure of one seed, or its gain over the teacher of that seed. */
function resultOf({ cell, round, figures, control }: SubmittedCell, shown: Shown): SeedResult[] {
  const figure = figures.find(shown.isShown);
  if (figure === undefined || round === null) return [];
  const { stderr, entropy = null, subjectHash: model = figure.runId, n = 0 } = figure;
  const own = { seed: cell.seed, model, n, round, entropy };
  if (shown.metric !== gainMetric) return [{ ...own, value: figure.value, stderr, isOutside: false }];
  const teacher = control.map((all) => all.find(shown.isShown));
  if (teacher.length === 0 || teacher.some((row) => row === undefined)) return [];
  const gain = gainOfRows(teacher as Figure[], figure);
  return [{ ...own, ...(gain ?? { value: Number.NaN, stderr: null }), isOutside: gain === undefined }];
}

interface Shown {
  readonly metric: string;
  readonly isShown: (figure: Figure) => boolean;
}

/** The seeds' results of the last round that any of them came to. */
function newestOf(cells: readonly SubmittedCell[], shown: Shown): SeedResult[] {
  const found = cells.flatMap((one) => resultOf(one, shown));
  const round = Math.max(...found.map((one) => one.round));
  return found.filter((one) => one.round === round);
}

/** What is said of a cell beside its figure, as the terminal's table does. */
function saysOf(compared: ComparedRecipe, results: readonly SeedResult[], isFirst: boolean): string {
  const outside = results.filter(({ isOutside }) => isOutside).length;
  if (outside > 0) return `outside in ${outside} of ${results.length}`;
  if (isFirst || !compared.ratio || Number.isNaN(compared.ratio.mean)) return "";
  const { mean, low, high } = compared.ratio;
  const verdict = compared.verdict ? ` ${compared.verdict}` : "";
  return `${formatNumber(mean)} of the first ${formatInterval({ low, high })}${verdict}`;
}

type Judged = Pick<GridCell, "round" | "value" | "entropy" | "says" | "verdict" | "outcomes">;

/** Cells as they compare, all of them one family. */
function judgedCells(
  groups: readonly (readonly SubmittedCell[])[],
  shown: Shown,
): { judged: Judged[]; family: number } {
  const results = groups.map((cells) => newestOf(cells, shown));
  const compared = comparedRecipes(
    shown.metric,
    results.map((all, i) => ({ name: String(i), outcomes: all.some(({ isOutside }) => isOutside) ? [] : all })),
  );
  const verdicts = compared.flatMap(({ verdict, gainVerdict }) =>
    [verdict, gainVerdict].filter((one) => one !== undefined),
  );
  const judged = results.map((all, i): Judged => {
    const own = compared[i] as ComparedRecipe;
    const entropies = all.flatMap(({ entropy }) => entropy ?? []);
    return {
      round: all[0]?.round ?? null,
      value: own.estimate ?? null,
      entropy: entropies.length === 0 ? null : mean(entropies),
      says: saysOf(own, all, i === 0),
      verdict: own.gainVerdict ?? own.verdict ?? null,
      outcomes: all.flatMap(({ seed, value }) => (Number.isFinite(value) ? [{ seed: String(seed), value }] : [])),
    };
  });
  return { judged, family: verdicts.length };
}

function noteOf(metric: string, family: number): string {
  const intervals = "95 % intervals over seeds and samples";
  if (family > 0) return `${intervals}; ${familyNote(family, "of the sweep")}`;
  const why = metricKind(metric).isMatched ? "a lower temperature lowers it too" : "neither way is better";
  return `${intervals}; no verdict: ${why}`;
}

/** `lr` for `rounds.lr`, unless another stage has an axis of that name. */
function shortNames(paths: readonly string[]): Map<string, string> {
  const last = (path: string) => path.split(".").at(-1) ?? path;
  return new Map(
    paths.map((path) => [path, paths.filter((other) => last(other) === last(path)).length > 1 ? path : last(path)]),
  );
}

export function sweepOfManifest(reader: Reader, submitted: SubmittedSweep, wanted: number | undefined): Sweep {
  const { manifest, cells } = submitted;
  const { name, result } = manifest.definition;
  const judgedMetric = result.metric === gainMetric ? "gen-ppl" : result.metric;
  const isMeasure = ({ metric, definition }: Figure) =>
    metric === judgedMetric && (result.definition === undefined || definition === result.definition);
  const stepChoices = sortedSteps(cells.flatMap(({ figures }) => figures.filter(isMeasure).map(({ steps }) => steps)));
  const steps = stepsShown(stepChoices, wanted, result.steps);
  const names = shortNames([...new Set(cells.flatMap(({ cell }) => Object.keys(cell.values)))]);
  const valuesOf = ({ cell }: SubmittedCell) =>
    Object.fromEntries(Object.entries(cell.values).map(([path, value]) => [names.get(path), value]));
  const axes = axesOf([...names.values()], cells.map(valuesOf));
  const known = new Set(reader.runs({ experiment: name }).map(({ id }) => id));
  const trainedBy = new Map(manifest.stages.map((stage) => [stage.key, `${stage.name}/round-${stage.round}`]));
  const runsOf = ({ cell, figures }: SubmittedCell) => {
    const made = cell.stages.map((key) => trainedBy.get(key) ?? "").filter((id) => known.has(id));
    return [...new Set([...made.slice(-1), ...figures.slice(0, 1).map(({ runId }) => runId)])];
  };
  const isShown = (figure: Figure) => isMeasure(figure) && figure.steps === steps;
  const groups = [...groupBy(cells, (one) => JSON.stringify(placeOf(axes, valuesOf(one)))).values()];
  const { judged, family } = judgedCells(groups, { metric: result.metric, isShown });
  const command = commandsOf(submitted);
  const open = cells.filter(({ state }) => state !== "done").map((one) => openCell(command, one));
  return {
    experiment: name,
    axes,
    cells: groups.map((same, i): GridCell => {
      return {
        at: placeOf(axes, valuesOf(same[0] as SubmittedCell)),
        statuses: tally(same.map(({ state }) => state)),
        seeds: same.map(({ cell }) => cell.seed),
        runs: same.flatMap(runsOf),
        ...(judged[i] as Judged),
      };
    }),
    measure: result.metric === gainMetric ? gainMetric : (result.definition ?? result.metric),
    outcomeMetric: result.metric,
    steps,
    stepChoices,
    counts: tally(cells.map(({ state }) => state)),
    open,
    note: noteOf(result.metric, family),
    commands: forAll(command, open),
  };
}
