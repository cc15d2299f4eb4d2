/**
 * @file Samplers side by side: what each gains over its teacher's ancestral steps of as many network evaluations at the same entropy, against
 * what a sample of it costs.
 *
 * Evaluations are those of all networks: what a second one reads counts as the denoiser's own. Above 1 a sampler is worth what it
 * costs, whatever its steps are called. This is another figure than the gain at equal steps, and has a family of verdicts of its own.
 */
import {
  betweenSeeds,
  type Cell,
  type Controls,
  controlsOf,
  type Effect,
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

export interface SamplerPoint {
  readonly steps: number;
  readonly nfe: number | null;
  /** Evaluations of all networks; null where one of them was not counted. */
  readonly passes: number | null;
  /** Milliseconds a sample. */
  readonly ms: number | null;
  readonly value: Estimate;
  readonly entropy: Estimate | null;
  /** Over the teacher's ancestral steps of as many evaluations and the same entropy; null where these were not measured. */
  readonly gain: Estimate | null;
  readonly verdict: Verdict | null;
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
  /** How many verdicts are one family. */
  readonly family: number;
}

const isPlain = ({ sampler, topP }: Row): boolean => sampler === null && topP === null;

/** "energy:2:1:1, with a334cf8c": how rows are drawn, without what the model is called. */
function samplerName({ sampler, topP }: Row): string {
  const name = (sampler ?? "ancestral").replace(/, with ([0-9a-f]{8})[0-9a-f]*/, ", with $1");
  return topP === null || topP === 1 ? name : `${name}, top-p ${topP}`;
}

const meanOf = (values: readonly (number | null)[]): number | null =>
  values.length === 0 || values.includes(null) ? null : mean(values as number[]);

/** Whose rows are of the same draws: a row of one network and what the other read for it. */
const drawsOf = (e: Row) => JSON.stringify([e.subjectHash, e.sampler, e.topP, e.steps, e.seed, e.temperature, e.n]);

interface Teacher {
  /** Its temperatures by step count. */
  readonly points: Frontiers;
  /** Evaluations that its ancestral steps make. */
  readonly nfe: ReadonlyMap<number, number>;
}

/** @param rows ancestral ones of a teacher under one seed and precision */
function teacherOf(rows: readonly Row[]): Teacher {
  const plain = rows.filter(({ temperature }) => temperature === 1);
  const nfe = [...groupBy(plain, ({ steps }) => String(steps))].flatMap(([steps, same]) => {
    const own = replicates(same)[0]?.nfe;
    return own ? [[Number(steps), own] as const] : [];
  });
  return { points: frontiersOf(rows), nfe: new Map(nfe) };
}

interface Group {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly passes: number | null;
  readonly cell: Cell | null;
}

/** The teacher's step counts between which as many evaluations lie, among those that reach the entropy under every seed. */
function placeOf(teachers: readonly Teacher[], controls: readonly Controls[], passes: number) {
  const counts = [...(controls[0]?.keys() ?? [])].filter((steps) => controls.every((one) => one.has(steps)));
  const nfeAt = (steps: number) => meanOf(teachers.map(({ nfe }) => nfe.get(steps) ?? null));
  const known = counts.flatMap((steps) => {
    const nfe = nfeAt(steps);
    return nfe === null ? [] : [{ steps, nfe }];
  });
  const place = placeAmong(
    known.map(({ nfe }) => nfe),
    passes,
  );
  const stepsAt = (nfe: number) => known.find((one) => one.nfe === nfe)?.steps as number;
  return place && { from: stepsAt(place.from), to: stepsAt(place.to), share: place.share };
}

interface Known {
  readonly lines: Lines;
  readonly teachers: ReadonlyMap<string, Teacher>;
  readonly partners: ReadonlyMap<string, Row>;
}

const hasTemperatures = (teacher: Teacher | undefined): boolean =>
  [...(teacher?.points.values() ?? [])].some((same) => same.length > 1);

/** A seed that the teacher was not drawn under has no gain, whatever it would be; one outside of its entropies takes the others' with it. */
function groupFrom(label: string, all: readonly Row[], { lines, teachers, partners }: Known): Group {
  const rows = replicates(all);
  const of = (row: Row) => teachers.get(teacherKey(lines.teacherOf(row), row));
  const held = rows.filter((row) => hasTemperatures(of(row)));
  const passes = meanOf(
    rows.map((row) => (row.nfe === null ? null : row.nfe + (partners.get(drawsOf(row))?.value ?? 0))),
  );
  if (passes === null || held.length === 0) return { label, rows, passes, cell: null };
  const own = held.map(of) as Teacher[];
  const seeds = held.map((row, i): SeedBesideTeacher => {
    const { points } = own[i] as Teacher;
    return { model: row.subjectHash, draws: row.seed, student: pointOfRow(row), teacher: points };
  });
  const controls = seeds.map(controlsOf);
  const place = placeOf(own, controls, passes);
  return { label, rows, passes, cell: place ? gainCell(seeds, controls, place, label) : null };
}

function pointOf(
  { rows, passes }: Group,
  effect: Effect | undefined,
  verdict: Verdict | undefined,
  variation: Variation,
): SamplerPoint {
  const first = rows[0] as Row;
  const ms = rows.map(({ wallMs, n }) => (wallMs === null || n === 0 ? null : wallMs / n));
  return {
    steps: first.steps as number,
    nfe: meanOf(rows.map(({ nfe }) => nfe)),
    passes,
    ms: meanOf(ms),
    value: estimateValue(first.metric, rows, variation),
    entropy: estimateEntropy(rows, variation),
    gain: effect ? timesOf(effect) : null,
    verdict: verdict ?? null,
    keys: rows.map(({ key }) => key),
  };
}

export interface SamplersRequest {
  readonly experiment: string;
  /** Of all samplers, and what their second networks read. */
  readonly evaluations: readonly Row[];
  /** A `Measure.id`. */
  readonly measure: string;
  readonly lines: Lines;
}

/** Lines of the models that were drawn by several samplers, at temperature 1; a teacher's ancestral steps are what they are held against. */
export function samplersOf({ experiment, evaluations, measure, lines }: SamplersRequest): Samplers {
  const judged = evaluations.filter(
    (e) => measureOf(e).id === measure && (e.steps ?? 0) > 0 && Number.isFinite(e.value),
  );
  const partners = new Map(evaluations.filter((e) => e.metric === "partner-passes").map((e) => [drawsOf(e), e]));
  const ancestral = judged.filter((e) => e.round === 0 && isPlain(e));
  const teachers = new Map(
    [...groupBy(ancestral, (e) => teacherKey(e.subjectHash, e))].map(([key, rows]) => [key, teacherOf(rows)]),
  );
  const several = new Set(judged.filter((e) => !isPlain(e)).map(({ subjectHash }) => subjectHash));
  const shown = judged.filter(
    (e) => e.temperature === 1 && several.has(e.subjectHash) && !(e.round === 0 && isPlain(e)),
  );
  const labelOf = (e: Row) => `${lines.nameOf(e)}, ${samplerName(e)}`;
  const known = { lines, teachers, partners };
  const groups = [...groupBy(shown, (e) => `${e.steps} ${labelOf(e)}`).values()].map((same) =>
    groupFrom(labelOf(same[0] as Row), same, known),
  );
  const between = betweenSeeds(groups.flatMap(({ cell }) => cell ?? []));
  const effects = groups.map(({ cell }) => (cell ? effectOf(cell, between) : undefined));
  const verdicts = familyVerdicts(effects);
  // As the curve has it, so that a cell has one interval.
  const variation = variationOf(judged[0]?.metric ?? "", judged.filter(isPlain), lines);
  const made = groups.map((group, i) => ({ group, point: pointOf(group, effects[i], verdicts[i], variation) }));
  const drawn = [...groupBy(made, ({ group }) => group.label)].map(([label, own]): SamplerLine => {
    const { group } = own[0] as (typeof own)[number];
    const points = own.map(({ point }) => point).sort((a, b) => a.steps - b.steps);
    return { label, round: (group.rows[0] as Row).round, points };
  });
  drawn.sort((a, b) => a.round - b.round || a.label.localeCompare(b.label));
  const definition = judged[0]?.definition ?? null;
  return { experiment, definition, lines: drawn, family: effects.filter((effect) => effect !== undefined).length };
}
