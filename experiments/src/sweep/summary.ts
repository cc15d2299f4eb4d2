/**
 * @file A sweep as tables: cells by state, and the result's figure by axes with seeds taken together.
 */
import { alignTable } from "@sdtt/core";
import { formatEstimate, meanWithStderr } from "@sdtt/eval";
import type { CellStatus } from "./cellStatus.js";
import type { FrozenCell, Manifest } from "./frozen.js";
import { resultOf } from "./results.js";

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
  readonly values: readonly number[];
  readonly entropies: readonly number[];
  readonly states: readonly string[];
}

function groupsOf(root: string, manifest: Manifest, statuses: readonly CellStatus[]): Group[] {
  const { cells, definition } = manifest;
  const states = new Map(statuses.map(({ cell, state }) => [cell.key, state]));
  const names = [...new Set(cells.map(point))];
  return names.map((name) => {
    const own = cells.filter((cell) => point(cell) === name);
    const figures = own.flatMap((cell) => resultOf(root, cell.result, definition.result) ?? []);
    const entropies = figures.flatMap(({ entropy }) => (entropy === null ? [] : [entropy]));
    return {
      name,
      values: figures.map(({ value }) => value),
      entropies,
      states: own.map(({ key }) => states.get(key) ?? ""),
    };
  });
}

/** The mean over seeds ± its standard error. */
const meanOf = (values: readonly number[]): string =>
  values.length === 0 ? "–" : formatEstimate(meanWithStderr(values));

/** The result by axes: mean over seeds ± its standard error, entropy beside it, and what is missing. */
export function resultTable(root: string, manifest: Manifest, statuses: readonly CellStatus[]): string {
  const { metric, definition, steps } = manifest.definition.result;
  const title = `${definition ?? metric}${steps ? ` at ${steps} steps` : ""}`;
  const rows = groupsOf(root, manifest, statuses).map(({ name, values, entropies, states }) => {
    const missing = [...new Set(states.filter((state) => state !== "done"))].map(
      (state) => `${states.filter((one) => one === state).length} ${state}`,
    );
    return [name, meanOf(values), meanOf(entropies), String(values.length), missing.join(", ")];
  });
  return alignTable([["cells", title, "entropy", "seeds", ""], ...rows]);
}
