/**
 * @file The field side by side as one table: system × claim, what is measured at each step count, cost, and the verdict at equal time.
 */
import { builtinSamplers } from "@sdtt/core/sampler";
import { familyNote, formatNumber } from "@sdtt/core/statistics";
import type { Priced, SamplerLine, SamplerPoint, Samplers } from "@sdtt/dashboard";
import { type FigureTable, nothing, type Shown, shownInterval } from "../default/tables.js";
import { wordsOf } from "./systems.js";

/** The step count at which costs are told. */
const told = 8;

/** What a gain is of where that is not what the others are of: " (1 seed, over 128 steps)". */
function aside({ gain, most }: Priced, seeds: number): string {
  const fewer = gain && gain.n < seeds ? [`${gain.n} ${gain.n === 1 ? "seed" : "seeds"}`] : [];
  const said = [...fewer, ...(most === null ? [] : [`over ${most} steps`])];
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
}

function shownGain(priced: Priced, seeds: number, isJudged = false): Shown {
  const { gain, verdict } = priced;
  if (!gain) return nothing;
  const shown = shownInterval(gain, { digits: 2, verdict: (isJudged && verdict) || undefined });
  return { ...shown, text: shown.text + aside(priced, seeds) };
}

/** "85.7 / 4.55, 1.50 [1.41, 1.59]": text, and its gain at equal steps and entropy. */
function shownPoint(point: SamplerPoint | undefined, seeds: number): Shown {
  if (!point) return nothing;
  const text = `${formatNumber(point.value.mean)} / ${formatNumber(point.entropy?.mean ?? null)}`;
  const gain = shownGain(point.by.steps, seeds);
  const says = { ...gain.says, text, n: String(point.value.n) };
  return { text: gain === nothing ? `${text}, outside` : `${text}, ${gain.text}`, says };
}

/** A line's cost and gains where costs are told; of a system that was drawn at other steps alone, there. */
function costCells(points: readonly SamplerPoint[], seeds: number): Shown[] {
  const point = points.find(({ steps }) => steps === told) ?? points[0];
  if (!point) return [nothing, nothing, nothing, nothing];
  const { passes, time } = point.by;
  const cost = ({ cost: own }: Priced): Shown => ({ text: own === null ? "–" : formatNumber(own) });
  return [cost(passes), cost(time), shownGain(passes, seeds), shownGain(time, seeds, true)];
}

const cellsOf = ({ points }: SamplerLine, steps: readonly number[], seeds: number): Shown[] => [
  ...steps.map((count) =>
    shownPoint(
      points.find((one) => one.steps === count),
      seeds,
    ),
  ),
  ...costCells(points, seeds),
];

/** "round 5, energy:2:1:1, with a334cf8c" → model and sampler. */
function partsOf(label: string): { model: string; sampler: string } {
  const at = label.indexOf(", ");
  return { model: label.slice(0, at), sampler: label.slice(at + 2) };
}

/** "sliding:64" for `sliding:64:0:0.1`, and "first 0.5 by …": as one asks for it, without whom it asks and what is left to its default. */
function askedAs(sampler: string): string {
  const [written = "", ...more] = sampler.split(", ");
  const first = more.filter((text) => text.startsWith("first "));
  const known = builtinSamplers.find(({ name }) => name === written.split(":")[0]);
  if (!known) return [written, ...first].join(", ");
  const bounds = [known.parameter ?? []].flat();
  const parameters = written.split(":").slice(1);
  const told = parameters.findLastIndex((value, i) => Number(value) !== bounds[i]?.initial);
  return [[known.name, ...parameters.slice(0, Math.max(1, told + 1))].join(":"), ...first].join(", ");
}

/** "DUS (2506.19037), `spaced`, teacher" */
function labelOf({ label }: SamplerLine): string {
  const { model, sampler } = partsOf(label);
  const asked = askedAs(sampler);
  const name = wordsOf(sampler)?.name ?? asked;
  const isBoth = model !== "teacher" && !sampler.startsWith("ancestral");
  return `${isBoth ? "SDTT and " : ""}${name}, \`${asked}\`, ${model}`;
}

export function methodsTable({ lines, family }: Samplers): FigureTable {
  const steps = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.steps)))].sort((a, b) => a - b);
  const seeds = Math.max(...lines.flatMap(({ points }) => points.map(({ by }) => by.steps.gain?.n ?? 0)));
  const head = ["passes", "time", "gain at equal passes", "gain at equal time, verdict"];
  return {
    key: "methods",
    title: "All of them",
    note: `gen-PPL / entropy, and the gain over the teacher's ancestral steps of the same number at the temperature that gives the same entropy, with its 95 % interval over seeds and samples (of ${seeds} seeds but where fewer are told). At ${told} steps (of \`speculative\` at its own): passes of all networks for a sample, its time in units of one of the teacher's ancestral steps, and the gain over ancestral steps of as many passes, and of as much time; ${familyNote(family.time, "gains")}. “over N steps”: it costs more than these, the most of the teacher's that were measured and reach its entropy; “outside”: no temperature of the teacher has its entropy there.`,
    head: ["system, sampler, of", "its claim", ...steps.map((count) => `${count} steps`), ...head],
    rows: lines.map((line) => {
      const claim: Shown = { text: wordsOf(partsOf(line.label).sampler)?.claim ?? "" };
      return { label: labelOf(line), cells: [claim, ...cellsOf(line, steps, seeds)] };
    }),
  };
}
