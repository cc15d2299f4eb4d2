/** @file The one table of a story: gen-PPL with entropy against steps, a line for each who stands in it. */
import { formatNumber } from "@sdtt/core/statistics";
import { figureOf, type Line } from "./lines.js";

/** Step counts that anybody was measured at, from `least` on. */
export function stepsIn(lines: readonly Line[], least: number): number[] {
  const counts = lines.flatMap(({ cells }) => [...cells.keys()]).filter((steps) => steps !== null);
  return [...new Set(counts)].filter((steps) => steps >= least).sort((a, b) => a - b);
}

const cellText = ({ cells }: Line, steps: number | null): string => {
  const rows = cells.get(steps);
  if (!rows) return "–";
  const { genPpl, entropy } = figureOf(rows);
  return `${formatNumber(genPpl)} / ${entropy.toFixed(2)}`;
};

/** Those of whoever was measured there; all that sample in steps make as many, but for chance. */
function nfeText(lines: readonly Line[], steps: number): string {
  const rows = lines.map(({ cells }) => cells.get(steps)).find((found) => found !== undefined);
  return formatNumber(rows ? figureOf(rows).nfe : null);
}

/** Rows for `alignTable`; the last column is of those who take no steps, where there are any. */
export function storyTable(lines: readonly Line[], least: number): string[][] {
  const steps = stepsIn(lines, least);
  const hasLevels = lines.some(({ kind }) => kind === "level");
  const columns = [...steps, ...(hasLevels ? [null] : [])];
  const head = columns.map((count) => (count === null ? "no steps" : String(count)));
  return [
    ["gen-PPL / entropy at steps", ...head],
    ["network evaluations (NFE)", ...steps.map((count) => nfeText(lines, count)), ...(hasLevels ? ["–"] : [])],
    ...lines.map((line) => [line.label, ...columns.map((count) => cellText(line, count))]),
  ];
}

/** "standard errors at most 2.1 % of gen-PPL and 0.006 nats; 512, 256 samples of this student" */
export function errorsText(lines: readonly Line[]): string {
  const figures = lines.flatMap(({ cells }) => [...cells.values()]).map(figureOf);
  const most = (of: (figure: (typeof figures)[number]) => number) =>
    Math.max(...figures.map(of).filter(Number.isFinite));
  const own = lines.find(({ kind }) => kind === "student");
  const counts = [...(own?.cells ?? [])].sort(([a], [b]) => (a ?? 0) - (b ?? 0));
  const samples = counts.map(([, rows]) => rows.reduce((sum, { n }) => sum + n, 0));
  const counted = new Set(samples).size === 1 ? `${samples[0]} samples a cell` : `${samples.join(", ")} samples`;
  const nats = formatNumber(most(({ entropyStderr }) => entropyStderr));
  return `standard errors at most ${formatNumber(100 * most(({ lnStderr }) => lnStderr))} % of gen-PPL and ${nats} nats; ${counted} of this student`;
}
