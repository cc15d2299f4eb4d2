/**
 * @file A sweep as tables: cells by state, and the result's figure by axes with seeds taken together.
 *
 * Points of a sweep are compared to its first one, seed by seed: cells of one seed share their teacher, data order and
 * draws, so that most of what differs between seeds cancels. Verdicts are those of one family; raw gen-PPL has none, because
 * a temperature lowers it as well.
 */
import { alignTable } from "@sdtt/core/cli";
import {
  type ComparedRecipe,
  comparedRecipes,
  declareMetrics,
  familyNote,
  formatInterval,
  formatNumber,
  gainMetric,
  mean,
  metricKind,
} from "@sdtt/core/statistics";
import { isRecorded, openStore } from "@sdtt/core/store";
import { storePath } from "@sdtt/core/workspace";
import type { FrozenCell, Manifest } from "../cells/frozen.js";
import type { Result } from "../spec/define.js";
import { type CellResult, resultOf } from "../stage/results.js";
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
  readonly results: readonly CellResult[];
  readonly states: readonly string[];
}

function groupsOf(root: string, manifest: Manifest, statuses: readonly CellStatus[]): Group[] {
  const { cells, definition } = manifest;
  const states = new Map(statuses.map(({ cell, state }) => [cell.key, state]));
  const names = [...new Set(cells.map(point))];
  return names.map((name) => {
    const own = cells.filter((cell) => point(cell) === name);
    return {
      name,
      results: own.flatMap((cell) => resultOf(root, cell, definition.result) ?? []),
      states: own.map(({ key }) => states.get(key) ?? ""),
    };
  });
}

/** "107 [95.0, 120]", or which seeds have no figure: no mean is made of the rest. */
function figureText({ estimate }: ComparedRecipe, { results }: Group): string {
  const outside = results.filter(({ isOutside }) => isOutside).length;
  if (outside > 0) return `outside in ${outside} of ${results.length}`;
  return estimate ? `${formatNumber(estimate.mean)} ${formatInterval(estimate)}`.trimEnd() : "–";
}

/** A point's figure as a share of the first one's, over the seeds that both have, and what that says. */
function ratioText({ ratio, verdict }: ComparedRecipe, isFirst: boolean): string {
  if (isFirst) return "1";
  if (!ratio || Number.isNaN(ratio.mean)) return "–";
  return `${formatNumber(ratio.mean)} ${formatInterval(ratio)} ${verdict ?? ""}`.replaceAll("  ", " ").trimEnd();
}

function entropyText({ results }: Group): string {
  const known = results.flatMap(({ entropy }) => entropy ?? []);
  return known.length === 0 ? "–" : formatNumber(mean(known));
}

function missingOf({ states }: Group): string {
  const open = states.filter((state) => state !== "done");
  return [...new Set(open)].map((state) => `${open.filter((one) => one === state).length} ${state}`).join(", ");
}

const titleOf = ({ metric, definition, steps }: Result): string =>
  `${definition && metric !== gainMetric ? definition : metric}${steps ? ` at ${steps} steps` : ""}`;

function noteOf({ metric }: Result, compared: readonly ComparedRecipe[]): string {
  const verdicts = compared.flatMap(({ verdict, gainVerdict }) => [verdict ?? [], gainVerdict ?? []].flat()).length;
  const intervals = "95 % intervals over seeds and samples";
  if (verdicts > 0) return `(${intervals}; ${familyNote(verdicts, "of the table")})`;
  const why = metricKind(metric).isMatched
    ? `no verdict: a lower temperature lowers it too; \`result: { metric: "${gainMetric}", steps }\` compares at matched entropy`
    : "no verdict: neither way is better";
  return compared.length > 1 ? `(${intervals}; ${why})` : `(${intervals})`;
}

/** What a metric of one's own is, the store knows: whoever measured it declared it there. */
function declareOwn(path: string): void {
  if (!isRecorded(path)) return;
  const store = openStore(path, { readonly: true });
  try {
    declareMetrics(store.definitions());
  } finally {
    store.close();
  }
}

/** The result by axes: mean over seeds with its interval, entropy beside it, the verdict, and what is missing. */
export function resultTable(root: string, manifest: Manifest, statuses: readonly CellStatus[]): string {
  const { result } = manifest.definition;
  declareOwn(storePath(root));
  const groups = groupsOf(root, manifest, statuses);
  const isGain = result.metric === gainMetric;
  const compared = comparedRecipes(
    result.metric,
    groups.map(({ name, results }) => ({ name, outcomes: results.some(({ isOutside }) => isOutside) ? [] : results })),
  );
  const rows = groups.map((group, i) => {
    const own = compared[i] as ComparedRecipe;
    const gain = isGain ? [own.gainVerdict ?? "–"] : [];
    const ratio = groups.length > 1 ? [ratioText(own, i === 0)] : [];
    const figures = [figureText(own, group), ...gain, entropyText(group), ...ratio];
    return [group.name, ...figures, String(group.results.length), missingOf(group)];
  });
  const heads = [titleOf(result), ...(isGain ? ["by a temperature"] : []), "entropy"];
  const ratioHead = groups.length > 1 ? ["÷ first, seed by seed"] : [];
  const table = alignTable([["cells", ...heads, ...ratioHead, "seeds", ""], ...rows]);
  return `${table}\n${noteOf(result, compared)}`;
}
