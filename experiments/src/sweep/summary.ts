/**
 * @file A sweep as tables: cells by state, and the result's figure by axes with seeds taken together.
 *
 * Points of a sweep are compared to its first one, seed by seed: cells of one seed share their teacher, data order and
 * draws, so that most of what differs between seeds cancels. The intervals are not widened for being many.
 */
import { alignTable } from "@sdtt/core";
import { compareRatios, formatEstimate, formatNumber, meanWithStderr, type Seeded } from "@sdtt/eval";
import type { FrozenCell, Manifest } from "../cells/frozen.js";
import { lowerIsBetter, resultOf } from "../stage/results.js";
import type { CellStatus } from "./cellStatus.js";

/** How many cells are in which state, in words. */
export function countsOf(statuses: readonly CellStatus[]): string {
  const states = [...new Set(statuses.map(({ state }) => state))];
  const counts = states.map((state) => `${statuses.filter((one) => one.state === state).length} ${state}`);
  return `${statuses.length} cells: ${counts.join(", ")}`;
}

/** A cell's label without its seed. */
const point = ({ label }: FrozenCell): string => label.replace(/ ?seed=\d+$/, "") || "(no axes)";

interface Group {
  readonly name: string;
  readonly values: readonly Seeded[];
  readonly entropies: readonly number[];
  readonly states: readonly string[];
}

function groupsOf(root: string, manifest: Manifest, statuses: readonly CellStatus[]): Group[] {
  const { cells, definition } = manifest;
  const states = new Map(statuses.map(({ cell, state }) => [cell.key, state]));
  const names = [...new Set(cells.map(point))];
  return names.map((name) => {
    const own = cells.filter((cell) => point(cell) === name);
    const found = own.flatMap(({ result, seed }) => {
      const figure = resultOf(root, result, definition.result);
      return figure ? [{ ...figure, seed }] : [];
    });
    return {
      name,
      values: found.map(({ seed, value }) => ({ seed, value })),
      entropies: found.flatMap(({ entropy }) => (entropy === null ? [] : [entropy])),
      states: own.map(({ key }) => states.get(key) ?? ""),
    };
  });
}

/** The mean over seeds ± its standard error. */
const meanOf = (values: readonly number[]): string =>
  values.length === 0 ? "–" : formatEstimate(meanWithStderr(values));

/** A group's figure as a share of the first one's, with its 95 % interval over seeds, and what that says. */
function against(first: Group | undefined, group: Group, lower: boolean): string {
  if (!first || group === first) return "1";
  const { verdict, interval } = compareRatios(group.values, first.values, { lowerIsBetter: lower });
  if (!interval) return verdict;
  const [mean, low, high] = [interval.mean, interval.low, interval.high].map((log) => formatNumber(Math.exp(log)));
  return `${mean} [${low}, ${high}] ${verdict}`;
}

function missingOf({ states }: Group): string {
  const open = states.filter((state) => state !== "done");
  return [...new Set(open)].map((state) => `${open.filter((one) => one === state).length} ${state}`).join(", ");
}

/** The result by axes: mean over seeds ± its standard error, entropy beside it, the verdict, and what is missing. */
export function resultTable(root: string, manifest: Manifest, statuses: readonly CellStatus[]): string {
  const { result } = manifest.definition;
  const title = `${result.definition ?? result.metric}${result.steps ? ` at ${result.steps} steps` : ""}`;
  const groups = groupsOf(root, manifest, statuses);
  const rows = groups.map((group) => {
    const { name, values, entropies } = group;
    const verdict = groups.length > 1 ? [against(groups[0], group, lowerIsBetter(result))] : [];
    const figures = [meanOf(values.map(({ value }) => value)), meanOf(entropies), ...verdict];
    return [name, ...figures, String(values.length), missingOf(group)];
  });
  const compared = groups.length > 1 ? ["÷ first, seed by seed"] : [];
  return alignTable([["cells", title, "entropy", ...compared, "seeds", ""], ...rows]);
}
