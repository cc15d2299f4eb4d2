/**
 * @file What samples say: gen-PPL and entropy against steps, the comparison at matched entropy, and how figures vary.
 */
import {
  betweenSeeds,
  type Cell,
  effectOf,
  familyNote,
  formatNumber,
  formatStepsNeeded,
  geometricMean,
  mean,
  ratioInterval,
  rootMeanSquare,
  squaresAbout,
} from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import {
  type Curve,
  type CurveTable,
  curveTable,
  type Gain,
  noGainText,
  type SeedFigure,
  type Series,
} from "@sdtt/dashboard";
import { type FigureTable, nothing, type Shown, shownInterval } from "./tables.js";

type Row = EvaluationRecord;

export interface Sampled {
  /** Lines at temperature 1. */
  readonly curve: Curve;
  /** One a model, seed, step count and temperature. */
  readonly rows: readonly Row[];
}

const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
const stepsOf = ({ curve }: Sampled): number[] =>
  ascending(curve.series.flatMap(({ points }) => points.map(({ steps }) => steps)));

function shownOf({ series }: Curve, steps: readonly number[], shown: (one: Series, steps: number) => Shown) {
  return series.map((one) => ({ label: one.label, cells: steps.map((count) => shown(one, count)) }));
}

/** The page's table with its numbers: the measure, NFE above it, levels beneath. */
function measureTable(
  sampled: Sampled,
  table: CurveTable,
  about: Pick<FigureTable, "key" | "title" | "note">,
): FigureTable {
  const { curve } = sampled;
  const numbers = new Map(curve.series.map((one) => [one.label, one]));
  const rows = table.rows.map(({ label, cells }) => ({
    label,
    cells: cells.map((cell, i): Shown => {
      if (!cell) return nothing;
      const point = numbers.get(label)?.points.find(({ steps }) => steps === table.steps[i]);
      const estimate = about.key === "entropy" ? point?.entropy : point?.value;
      const says = estimate ? shownInterval(estimate).says : { mean: cell.text };
      return { text: `${cell.text} ${cell.detail}`.trimEnd(), ...(says && { says }) };
    }),
  }));
  return { ...about, head: ["steps", ...table.steps.map(String)], rows };
}

export function genPplTable(sampled: Sampled): FigureTable {
  const note =
    "Geometric means with 95 % intervals over samples and, for students, over trainings (one variance for all of the table; docs/decisions/0008). NFE are network evaluations.";
  return measureTable(sampled, curveTable(sampled.curve, "value"), {
    key: "gen-ppl",
    title: "Generative perplexity",
    note,
  });
}

export function entropyTable(sampled: Sampled): FigureTable {
  const table = curveTable(sampled.curve, "entropy");
  return measureTable(sampled, table, { key: "entropy", title: "Entropy, nats", note: "" });
}

function gainRows({ curve }: Sampled, steps: readonly number[], shown: (gain: Gain) => Shown) {
  const { gains } = curve.matched;
  return [...new Set(gains.map(({ label }) => label))].map((label) => ({
    label,
    cells: steps.map((count) => {
      const found = gains.find((gain) => gain.label === label && gain.steps === count);
      return found ? shown(found) : nothing;
    }),
  }));
}

const without = ({ none }: Gain): Shown =>
  none ? { text: noGainText(none), says: { mean: noGainText(none) } } : nothing;

/** The headline. */
export function teacherStepsTable(sampled: Sampled): FigureTable {
  const steps = stepsOf(sampled);
  const shown = (gain: Gain): Shown => {
    const { needed, neededNfe } = gain;
    if (!needed) return without(gain);
    const text = formatStepsNeeded(needed);
    const [value, low, high] = [needed.steps.value, needed.steps.low, needed.steps.high];
    const nfe =
      neededNfe && Number.isFinite(neededNfe.value) && neededNfe.value > 0 ? formatNumber(neededNfe.value) : "";
    const by = (count: number) => formatNumber(count / gain.steps);
    const isOpen = !(value > 0 && Number.isFinite(value));
    const saving = isOpen ? "" : by(value);
    const ends = !isOpen && low > 0 && Number.isFinite(high) ? `${saving} [${by(low)}, ${by(high)}]` : saving;
    return {
      text: nfe === "" ? text : `${text} (NFE ${nfe})`,
      says: { mean: text.split(" [")[0] as string, interval: text, nfe, saving, savingInterval: ends },
    };
  };
  return {
    key: "teacher-steps",
    title: "Teacher steps for the same text at the student's entropy",
    note: "How many steps the teacher needs to have the student's gen-PPL at a temperature that gives it the student's entropy, where the student takes those of the column; 95 % intervals, open where the teacher's curve is.",
    head: ["teacher needs, student's steps", ...steps.map(String)],
    rows: gainRows(sampled, steps, shown),
  };
}

export function gainTable(sampled: Sampled): FigureTable {
  const steps = stepsOf(sampled);
  const { family } = sampled.curve.matched;
  const shown = (gain: Gain): Shown =>
    gain.gain ? shownInterval(gain.gain, { digits: 2, verdict: gain.verdict ?? undefined }) : without(gain);
  return {
    key: "gain",
    title: "Gain at matched entropy",
    note: `Teacher's gen-PPL at the student's entropy, divided by the student's: above 1, the student is better than a sharpened teacher. 95 % intervals; ${familyNote(family, "cells")}. "outside": no temperature of the teacher reaches a seed's entropy, and no mean is made of the other seeds.`,
    head: ["gain, steps", ...steps.map(String)],
    rows: gainRows(sampled, steps, shown),
  };
}

const seedsAt = ({ points }: Series, steps: number): readonly SeedFigure[] =>
  points.find((p) => p.steps === steps)?.seeds ?? [];
/** Of "training draws". */
const drawsOf = ({ seed }: SeedFigure): string => seed.split(" ")[1] as string;
const lnError = ({ value, stderr }: SeedFigure): number => (stderr ?? Number.NaN) / value;

/** ln(student/teacher) under the same draws, a replicate a student; undefined where a teacher is missing. */
function ratioCell(ours: readonly SeedFigure[], theirs: readonly SeedFigure[], line: string): Cell | undefined {
  const teachers = new Map(theirs.map((one) => [drawsOf(one), one]));
  if (ours.length === 0 || ours.some((one) => !teachers.has(drawsOf(one)))) return undefined;
  // Students of unlike trainings under one seed of draws are held against the same samples of their teacher.
  const isShared = new Set(ours.map(drawsOf)).size < ours.length;
  const pairs = ours.map((one) => [one, teachers.get(drawsOf(one)) as SeedFigure] as const);
  const replicates = pairs.map(([one, other]) => {
    const stderr = isShared ? lnError(one) : Math.hypot(lnError(one), lnError(other));
    return { value: Math.log(one.value / other.value), stderr: Number.isNaN(stderr) ? null : stderr, model: one.model };
  });
  const shared = mean(pairs.map(([, other]) => lnError(other) ** 2));
  return { replicates, line, ...(isShared && Number.isFinite(shared) && { sharedVariance: shared }) };
}

/** "0.56 [0.55, 0.58]". No verdict: a temperature lowers gen-PPL as well. */
export function ratioTable(sampled: Sampled): FigureTable {
  const steps = stepsOf(sampled);
  const { series } = sampled.curve;
  const teacher = series.find(({ round }) => round === 0);
  const students = series.filter(({ round }) => round > 0);
  const cells = students.map((one) =>
    steps.map((count) => ratioCell(seedsAt(one, count), teacher ? seedsAt(teacher, count) : [], one.label)),
  );
  const between = betweenSeeds(cells.flat().filter((cell) => cell !== undefined));
  const shown = (cell: Cell | undefined): Shown => {
    if (!cell) return nothing;
    return shownInterval(ratioInterval(effectOf(cell, between)), { digits: 2 });
  };
  return {
    key: "ratio",
    title: "Against the teacher at the same steps",
    note: "gen-PPL over the teacher's of the same seed of draws, 95 % intervals. No verdict: a lower temperature lowers it as well, and so does a round that teaches nothing.",
    head: ["student ÷ teacher, steps", ...steps.map(String)],
    rows: students.map(({ label }, i) => ({ label, cells: (cells[i] ?? []).map(shown) })),
  };
}

/** "1.4 % / 0.9 %": standard deviations of one seed's figure, by its samples, and as seeds scatter. */
export function variationTable(sampled: Sampled): FigureTable {
  const steps = stepsOf(sampled);
  const shown = (one: Series, count: number): Shown => {
    const all = seedsAt(one, count);
    if (all.length === 0) return nothing;
    const samples = rootMeanSquare(all.map(({ value, stderr }) => (stderr ?? Number.NaN) / value));
    const logs = all.map(({ value }) => Math.log(value));
    const seeds =
      logs.length < 2 ? "one seed" : `${formatNumber(100 * Math.sqrt(squaresAbout(logs) / (logs.length - 1)))} %`;
    return {
      text: `${formatNumber(100 * samples)} % / ${seeds}`,
      says: { samples: formatNumber(100 * samples), seeds },
    };
  };
  return {
    key: "variation",
    title: "How a seed's gen-PPL varies",
    note: "One standard error of a seed's samples, and the standard deviation of seeds about their mean: where trainings add nothing the two are alike.",
    head: ["of its samples / between seeds, steps", ...steps.map(String)],
    rows: shownOf(sampled.curve, steps, shown),
  };
}

/** "754 / 4.24" by temperature. */
export function controlTable(sampled: Sampled): FigureTable {
  const teacher = sampled.rows.filter((row) => row.round === 0);
  const steps = ascending(teacher.map((row) => row.steps ?? 0));
  const temperatures = ascending(teacher.map((row) => row.temperature)).reverse();
  const shown = (temperature: number, count: number): Shown => {
    const found = teacher.filter((row) => row.steps === count && row.temperature === temperature);
    if (found.length === 0) return nothing;
    const genPpl = formatNumber(geometricMean(found.map((row) => row.value)));
    const entropy = formatNumber(mean(found.map((row) => row.entropy ?? Number.NaN)));
    return { text: `${genPpl} / ${entropy}`, says: { mean: genPpl, entropy } };
  };
  return {
    key: "control",
    title: "The control: the teacher with a temperature",
    note: "",
    head: ["teacher, gen-PPL / entropy at steps", ...steps.map(String)],
    rows: temperatures.map((temperature) => ({
      label: `τ = ${temperature}`,
      cells: steps.map((count) => shown(temperature, count)),
    })),
  };
}
