/**
 * @file Samplers side by side: what each gains over its teacher's ancestral steps of the same cost and entropy, against what a sample of it costs.
 *
 * Cost is counted three times: in steps, as samplers are asked for; in evaluations of all networks, where what a second one reads counts as the
 * denoiser's own; and in time, in units of an ancestral step, where that was measured. Above 1 a sampler is worth what it costs, whatever its steps are called. What costs more than all
 * ancestral steps that were measured is held against the most of them, and says so. Gains at each cost have a family of verdicts of their own.
 */
import {
  betweenSeeds,
  type Cell,
  type Controls,
  controlsOf,
  type Estimate,
  effectOf,
  familyVerdicts,
  gainCell,
  mean,
  placeAmong,
  pointOfRow,
  type SeedBesideTeacher,
  type Verdict,
} from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { estimateEntropy, estimateValue, type Variation, variationOf } from "./cells.js";
import { groupBy, type Lines, replicates } from "./lines.js";
import { type Frontiers, frontiersOf, teacherKey, timesOf } from "./matched.js";
import { measureOf } from "./measure.js";

type Row = EvaluationRecord;

/** What a sample costs is counted in: its own steps, evaluations of all networks, or time in the teacher's ancestral steps. */
export const costs = ["steps", "passes", "time"] as const;
export type Cost = (typeof costs)[number];

/** The same of each cost. */
export const byCost = <T>(of: (cost: Cost) => T): Record<Cost, T> =>
  Object.fromEntries(costs.map((cost) => [cost, of(cost)])) as Record<Cost, T>;

/** What a sample costs, and what it gains over ancestral steps of that cost. */
export interface Priced {
  /** Null where it was not measured. */
  readonly cost: number | null;
  /** Over the teacher's ancestral steps of the same cost and entropy; null where these were not measured. */
  readonly gain: Estimate | null;
  readonly verdict: Verdict | null;
  /** The most ancestral steps that were measured, where they cost less. */
  readonly most: number | null;
}

export interface SamplerPoint {
  readonly steps: number;
  readonly nfe: number | null;
  /** Milliseconds a sample. */
  readonly ms: number | null;
  /** How far its tokens lie from the training text's, as `energy-distance-1`; null where that was not measured. */
  readonly distance: number | null;
  readonly value: Estimate;
  readonly entropy: Estimate | null;
  readonly by: Readonly<Record<Cost, Priced>>;
  readonly keys: readonly string[];
}

export interface SamplerLine {
  readonly label: string;
  readonly round: number;
  readonly points: readonly SamplerPoint[];
}

export interface Samplers {
  readonly experiment: string;
  /** A measure's definition; null where no samples were judged. */
  readonly definition: string | null;
  readonly lines: readonly SamplerLine[];
  /** Whether there are lines of other temperatures that are given only where they are asked for. */
  readonly hasHidden: boolean;
  /** How many verdicts are one family, those of each cost apart. */
  readonly family: Readonly<Record<Cost, number>>;
}

const isPlain = ({ sampler, topP }: Row): boolean => sampler === null && topP === null;

/** "energy:2:1:1, with a334cf8c": how rows are drawn, without what the model is called. */
function samplerName({ sampler, topP }: Row): string {
  const name = (sampler ?? "ancestral").replace(/, (with|from) ([0-9a-f]{8})[0-9a-f]*/, ", $1 $2");
  return topP === null || topP === 1 ? name : `${name}, top-p ${topP}`;
}

const meanOf = (values: readonly (number | null)[]): number | null =>
  values.length === 0 || values.includes(null) ? null : mean(values as number[]);

/** Whose rows are of the same draws: a row of one network and what the other read for it. */
const drawsOf = (e: Row) => JSON.stringify([e.subjectHash, e.sampler, e.topP, e.steps, e.seed, e.temperature, e.n]);

/** Whose samples take as long: whatever the seed, and however many. */
const timedOf = (e: Row) => JSON.stringify([e.subjectHash, e.sampler, e.topP, e.steps]);

interface Teacher {
  /** Its temperatures by step count. */
  readonly points: Frontiers;
  /** What its ancestral steps cost, by step count. */
  readonly costs: Readonly<Record<Cost, ReadonlyMap<number, number>>>;
}

/** @param rows ancestral ones of a teacher under one seed and precision */
function teacherOf(rows: readonly Row[], times: Times): Teacher {
  const plain = rows.filter(({ temperature }) => temperature === 1);
  const once = [...groupBy(plain, ({ steps }) => String(steps)).values()].flatMap((same) => replicates(same)[0] ?? []);
  const by = (costOf: (row: Row) => number | null | undefined) =>
    new Map(once.flatMap((row) => (costOf(row) ? [[row.steps as number, costOf(row) as number] as const] : [])));
  return {
    points: frontiersOf(rows),
    costs: {
      steps: by(({ steps }) => steps),
      passes: by(({ nfe }) => nfe),
      time: by((row) => times.get(timedOf(row))),
    },
  };
}

/** In ancestral steps, by `timedOf`. */
type Times = ReadonlyMap<string, number>;

function timesIn(evaluations: readonly Row[]): Times {
  const timed = groupBy(
    evaluations.filter(({ metric }) => metric === "relative-time"),
    timedOf,
  );
  return new Map([...timed].map(([key, rows]) => [key, mean(rows.map(({ value }) => value))]));
}

/** A cost, with the gain at it still to be estimated beside all others. */
interface Held {
  readonly cost: number | null;
  readonly cell: Cell | null;
  readonly most: number | null;
}

interface Group {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly by: Readonly<Record<Cost, Held>>;
}

/**
 * The teacher's step counts between which as much cost lies, among those that reach the entropy under every seed; what costs more than all of
 * them, the most.
 */
function placeOf(teachers: readonly Teacher[], controls: readonly Controls[], by: Cost, cost: number) {
  const counts = [...(controls[0]?.keys() ?? [])].filter((steps) => controls.every((one) => one.has(steps)));
  const costAt = (steps: number) => meanOf(teachers.map(({ costs: own }) => own[by].get(steps) ?? null));
  const known = counts.flatMap((steps) => {
    const own = costAt(steps);
    return own === null ? [] : [{ steps, own }];
  });
  const dearest = [...known].sort((a, b) => a.own - b.own).at(-1);
  const place = placeAmong(
    known.map(({ own }) => own),
    cost,
  );
  if (!place) {
    if (!dearest || cost < dearest.own) return undefined;
    const { steps } = dearest;
    return { at: { from: steps, to: steps, share: 0 }, most: steps };
  }
  const stepsAt = (own: number) => known.find((one) => one.own === own)?.steps as number;
  return { at: { from: stepsAt(place.from), to: stepsAt(place.to), share: place.share }, most: null };
}

interface Known {
  readonly lines: Lines;
  readonly teachers: ReadonlyMap<string, Teacher>;
  readonly partners: ReadonlyMap<string, Row>;
  readonly times: Times;
}

const hasTemperatures = (teacher: Teacher | undefined): boolean =>
  [...(teacher?.points.values() ?? [])].some((same) => same.length > 1);

/** A seed that the teacher was not drawn under has no gain, whatever it would be; one outside of its entropies takes the others' with it. */
function groupFrom(label: string, all: readonly Row[], { lines, teachers, partners, times }: Known): Group {
  const rows = replicates(all);
  const of = (row: Row) => teachers.get(teacherKey(lines.teacherOf(row), row));
  const held = rows.filter((row) => hasTemperatures(of(row)));
  const own = held.map(of) as Teacher[];
  const seeds = held.map((row, i): SeedBesideTeacher => {
    const { points } = own[i] as Teacher;
    return { model: row.subjectHash, draws: row.seed, student: pointOfRow(row), teacher: points };
  });
  const controls = seeds.map((seed) => controlsOf(seed));
  const priced = (by: Cost, cost: number | null): Held => {
    const place = cost === null || held.length === 0 ? undefined : placeOf(own, controls, by, cost);
    return { cost, cell: place ? gainCell(seeds, controls, place.at, label) : null, most: place?.most ?? null };
  };
  const passes = rows.map((row) => (row.nfe === null ? null : row.nfe + (partners.get(drawsOf(row))?.value ?? 0)));
  const time = times.get(timedOf(rows[0] as Row)) ?? null;
  const costOf = { steps: (rows[0] as Row).steps, passes: meanOf(passes), time };
  return { label, rows, by: byCost((by) => priced(by, costOf[by])) };
}

/** Gains of all groups at one cost, whose verdicts are one family. */
function pricedBy(cost: Cost, groups: readonly Group[]) {
  const between = betweenSeeds(groups.flatMap(({ by }) => by[cost].cell ?? []));
  const effects = groups.map(({ by }) => (by[cost].cell ? effectOf(by[cost].cell, between) : undefined));
  const verdicts = familyVerdicts(effects);
  const priced = groups.map(({ by }, i): Priced => {
    const effect = effects[i];
    const { cost: own, most } = by[cost];
    return { cost: own, gain: effect ? timesOf(effect) : null, verdict: verdicts[i] ?? null, most };
  });
  return { priced, family: effects.filter((effect) => effect !== undefined).length };
}

/** What equal entropy does not see, by `drawsOf`. */
type Distances = ReadonlyMap<string, number>;

const distancesIn = (evaluations: readonly Row[]): Distances =>
  new Map(evaluations.filter(({ metric }) => metric === "energy-distance-1").map((e) => [drawsOf(e), e.value]));

function pointOf({ rows }: Group, by: SamplerPoint["by"], variation: Variation, distances: Distances): SamplerPoint {
  const first = rows[0] as Row;
  const ms = rows.map(({ wallMs, n }) => (wallMs === null || n === 0 ? null : wallMs / n));
  return {
    steps: first.steps as number,
    nfe: meanOf(rows.map(({ nfe }) => nfe)),
    ms: meanOf(ms),
    distance: meanOf(rows.map((row) => distances.get(drawsOf(row)) ?? null)),
    value: estimateValue(first.metric, rows, variation),
    entropy: estimateEntropy(rows, variation),
    by,
    keys: rows.map(({ key }) => key),
  };
}

/** Which lines there are: at temperature 1 alone, at others too where a sampler was never drawn at 1, or all and the control. */
export type Temperatures = (typeof widths)[number];
const widths = ["1", "own", "all"] as const;

export interface SamplersRequest {
  readonly experiment: string;
  /** Of all samplers, what their second networks read, and times. */
  readonly evaluations: readonly Row[];
  /** A `Measure.id`. */
  readonly measure: string;
  readonly lines: Lines;
  readonly temperatures: Temperatures;
}

/** A sceptic's control, which gains at equal entropy without better text (docs/evaluation.md): no sampler that one would use. */
const isControl = ({ sampler }: Row): boolean => /^penalised\b/.test(sampler ?? "");

/** Who draws, and by which sampler. */
const drawnBy = (e: Row) => JSON.stringify([e.subjectHash, e.sampler, e.topP]);

/**
 * The rows that may have a line, each with the narrowest choice of temperatures that shows it: of models that were drawn by several samplers.
 * A teacher's ancestral steps are what others are held against.
 */
function shownFrom(judged: readonly Row[]): { readonly row: Row; readonly from: Temperatures }[] {
  const others = judged.filter((e) => !isPlain(e));
  const several = new Set(others.map(({ subjectHash }) => subjectHash));
  const atOne = new Set(others.filter(({ temperature }) => temperature === 1).map(drawnBy));
  const fromOf = (e: Row): Temperatures => {
    if (isControl(e)) return "all";
    if (e.temperature === 1) return "1";
    return atOne.has(drawnBy(e)) ? "all" : "own";
  };
  const isShown = (e: Row) => !isPlain(e) || (e.temperature === 1 && e.round > 0 && several.has(e.subjectHash));
  return judged.filter(isShown).map((row) => ({ row, from: fromOf(row) }));
}

/** Samplers of the models that were drawn by several, side by side. */
export function samplersOf({ experiment, evaluations, measure, lines, temperatures }: SamplersRequest): Samplers {
  const judged = evaluations.filter(
    (e) => measureOf(e).id === measure && (e.steps ?? 0) > 0 && Number.isFinite(e.value),
  );
  const partners = new Map(evaluations.filter((e) => e.metric === "partner-passes").map((e) => [drawsOf(e), e]));
  const times = timesIn(evaluations);
  const ancestral = judged.filter((e) => e.round === 0 && isPlain(e));
  const teachers = new Map(
    [...groupBy(ancestral, (e) => teacherKey(e.subjectHash, e))].map(([key, rows]) => [key, teacherOf(rows, times)]),
  );
  const possible = shownFrom(judged);
  const asked = widths.indexOf(temperatures);
  const shown = possible.filter(({ from }) => widths.indexOf(from) <= asked).map(({ row }) => row);
  const hasHidden = possible.some(({ from }) => from === "all");
  const labelOf = (e: Row) => `${lines.nameOf(e)}, ${samplerName(e)}`;
  const known = { lines, teachers, partners, times };
  const groups = [...groupBy(shown, (e) => `${e.steps} ${labelOf(e)}`).values()].map((same) =>
    groupFrom(labelOf(same[0] as Row), same, known),
  );
  const priced = byCost((cost) => pricedBy(cost, groups));
  const distances = distancesIn(evaluations);
  // As the curve has it, so that a cell has one interval.
  const variation = variationOf(judged[0]?.metric ?? "", judged.filter(isPlain), lines);
  const made = groups.map((group, i) => {
    const by = byCost((cost) => priced[cost].priced[i] as Priced);
    return { group, point: pointOf(group, by, variation, distances) };
  });
  const drawn = [...groupBy(made, ({ group }) => group.label)].map(([label, own]): SamplerLine => {
    const { group } = own[0] as (typeof own)[number];
    const points = own.map(({ point }) => point).sort((a, b) => a.steps - b.steps);
    return { label, round: (group.rows[0] as Row).round, points };
  });
  drawn.sort((a, b) => a.round - b.round || a.label.localeCompare(b.label));
  const definition = judged[0]?.definition ?? null;
  return { experiment, definition, lines: drawn, hasHidden, family: byCost((cost) => priced[cost].family) };
}
