/**
 * @file A submitted sweep as a grid: its axes are the definition's, its states the runner's, pruned cells with the reason.
 */
import { groupBy } from "../charts/data/lines.js";
import { estimateOf } from "../charts/data/statistics.js";
import type { Reader } from "./stores/merged.js";
import type { OpenCell, Sweep, SweepCell } from "./sweep.js";
import { axesOf, meanEntropy, placeOf, sortedSteps, stepsShown, tally } from "./sweepAxes.js";
import type { Figure } from "./sweepFiles/files.js";
import type { SubmittedCell, SubmittedSweep } from "./sweepFiles/submitted.js";

/** As a shell takes it, whatever it is made of. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

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

/** The seeds' figures of the last round that any of them came to. */
function figureOf(cells: readonly SubmittedCell[], isShown: (figure: Figure) => boolean, metric: string) {
  const found = cells.flatMap(({ round, figures }) => {
    const figure = figures.find(isShown);
    return figure === undefined || round === null ? [] : [{ round, figure }];
  });
  if (found.length === 0) return { round: null, value: null, entropy: null };
  const round = Math.max(...found.map((one) => one.round));
  const newest = found.filter((one) => one.round === round).map(({ figure }) => figure);
  return { round, value: estimateOf(metric, newest), entropy: meanEntropy(newest) };
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
  const isMeasure = ({ metric, definition }: Figure) =>
    metric === result.metric && (result.definition === undefined || definition === result.definition);
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
  const groups = groupBy(cells, (one) => JSON.stringify(placeOf(axes, valuesOf(one))));
  const command = commandsOf(submitted);
  const open = cells.filter(({ state }) => state !== "done").map((one) => openCell(command, one));
  return {
    experiment: name,
    axes,
    cells: [...groups.values()].map((same): SweepCell => {
      return {
        at: placeOf(axes, valuesOf(same[0] as SubmittedCell)),
        statuses: tally(same.map(({ state }) => state)),
        seeds: same.map(({ cell }) => cell.seed),
        runs: same.flatMap(runsOf),
        ...figureOf(same, isShown, result.metric),
      };
    }),
    measure: result.definition ?? result.metric,
    steps,
    stepChoices,
    counts: tally(cells.map(({ state }) => state)),
    open,
    commands: forAll(command, open),
  };
}
