/**
 * @file The comparison that counts: a student against its own teacher at the student's entropy, seed by seed; and how many
 * steps that teacher needs for the same text.
 *
 * A seed whose entropy no temperature of its teacher reaches, or whose teacher was drawn at one temperature only, is said, and
 * no mean is made of the others. The verdicts of one measure are one family.
 */
import {
  type BetweenSeeds,
  betweenSeeds,
  type Cell,
  type Controls,
  controlsOf,
  type Effect,
  type Estimate,
  effectOf,
  evaluationsAt,
  familyVerdicts,
  gainCell,
  type Needed,
  pointOfRow,
  ratioInterval,
  type SeedBesideTeacher,
  type StepsNeeded,
  stepsNeeded,
  type Verdict,
} from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { groupBy, groupsOf, type Lines, replicates } from "./lines.js";
import { rowsOf, type SeedFigure } from "./measure.js";

/** Why there is no gain: of so many seeds, the teacher has no two temperatures, or none reaches the entropy. */
export interface NoGain {
  readonly why: "no control" | "outside";
  readonly seeds: number;
  readonly of: number;
}

export interface Gain {
  readonly round: number;
  readonly label: string;
  readonly steps: number;
  /** Network evaluations that the student takes. */
  readonly nfe: number | null;
  /** Teacher's value at the student's entropy over the student's: above 1 it is better than a sharpened teacher. */
  readonly gain: Estimate | null;
  readonly none: NoGain | null;
  /** Of the gain, within the family of all gains of the measure. */
  readonly verdict: Verdict | null;
  /** Steps of the teacher for the same text, and its network evaluations. */
  readonly needed: StepsNeeded | null;
  readonly neededNfe: Needed | null;
  /** Each seed's own gain. */
  readonly seeds: readonly SeedFigure[];
  readonly keys: readonly string[];
  /** When the newest of its evaluations was made. */
  readonly newestAt: string;
}

export interface Gains {
  readonly gains: readonly Gain[];
  /** How many verdicts are one family. */
  readonly family: number;
}

type Row = EvaluationRecord;
const isKnown = (e: Row): boolean => Number.isFinite(e.value) && Number.isFinite(e.entropy ?? Number.NaN);

export type Frontiers = SeedBesideTeacher["teacher"];
type Teachers = ReadonlyMap<string, Frontiers>;
/** A teacher under one seed and precision of its draws. */
export const teacherKey = (hash: string | null, { seed, dtype }: Row) => `${hash} ${seed} ${dtype}`;
const none: Frontiers = new Map();

/** A teacher's temperatures at every step count, of those drawn under one seed and precision. */
export function frontiersOf(own: readonly Row[]): Frontiers {
  const byTemperature = groupBy(own, (e) => `${e.steps} ${e.temperature}`);
  const once = [...byTemperature.values()].flatMap(replicates);
  const frontiers = [...groupBy(once, (e) => String(e.steps))].map(
    ([steps, rows]) => [Number(steps), rows.map(pointOfRow)] as const,
  );
  return new Map(frontiers);
}

/** A student's row with the temperatures of its teacher, drawn under the same seed and precision. */
function besideTeacher(row: Row, teachers: Teachers, lines: Lines): SeedBesideTeacher {
  const teacher = teachers.get(teacherKey(lines.teacherOf(row), row)) ?? none;
  return { model: row.subjectHash, draws: row.seed, student: pointOfRow(row), teacher };
}

/** One line at one step count. */
interface Group {
  readonly rows: readonly Row[];
  readonly seeds: readonly SeedBesideTeacher[];
  readonly none: NoGain | null;
  /** Of the logarithms of gains. */
  readonly cell: Cell | null;
}

function noGain(seeds: readonly SeedBesideTeacher[], controls: readonly Controls[], steps: number): NoGain | null {
  const bare = seeds.filter(({ teacher }) => (teacher.get(steps)?.length ?? 0) < 2).length;
  if (bare > 0) return { why: "no control", seeds: bare, of: seeds.length };
  const outside = controls.filter((one) => !one.has(steps)).length;
  return outside > 0 ? { why: "outside", seeds: outside, of: seeds.length } : null;
}

function groupOf(same: readonly Row[], teachers: Teachers, lines: Lines): Group {
  const rows = replicates(same);
  const steps = (rows[0] as Row).steps as number;
  const seeds = rows.map((row) => besideTeacher(row, teachers, lines));
  const controls = seeds.map((seed) => controlsOf(seed, [steps]));
  const none = noGain(seeds, controls, steps);
  const at = { from: steps, to: steps, share: 0 };
  return { rows, seeds, none, cell: none ? null : gainCell(seeds, controls, at, lines.nameOf(rows[0] as Row)) };
}

/** How many times, of an effect on logarithms. */
export const timesOf = (effect: Effect): Estimate => ({ ...ratioInterval(effect), over: effect.over });

/** The teacher's evaluations at each of its step counts. */
function nfeOf(teachers: readonly Row[]): Map<number, number> {
  const known = teachers.filter(({ nfe }) => nfe !== null);
  return new Map(
    [...groupBy(known, (e) => String(e.steps))].map(([steps, rows]) => {
      return [Number(steps), rows.reduce((sum, e) => sum + (e.nfe as number), 0) / rows.length];
    }),
  );
}

const meanNfe = (rows: readonly Row[]): number | null => {
  const known = rows.flatMap(({ nfe }) => nfe ?? []);
  return known.length === 0 ? null : known.reduce((sum, nfe) => sum + nfe, 0) / known.length;
};

interface Found {
  readonly needed: StepsNeeded | null;
  readonly neededNfe: Needed | null;
}

function neededOf({ seeds }: Group, between: BetweenSeeds | undefined, nfe: ReadonlyMap<number, number>): Found {
  const needed = stepsNeeded(seeds, between);
  if ("outside" in needed) return { needed: null, neededNfe: null };
  const { value, low, high } = needed.steps;
  if (nfe.size === 0) return { needed, neededNfe: null };
  const [a, b, c] = [value, low, high].map((steps) => evaluationsAt(nfe, steps)) as [number, number, number];
  return { needed, neededNfe: { value: a, low: b, high: c } };
}

export interface GainsRequest {
  /** All of an experiment's, teachers at every temperature among them. */
  readonly evaluations: readonly Row[];
  /** A `Measure.id`. */
  readonly measure: string;
  readonly lines: Lines;
  /** The lines that trainings vary about, where more is drawn apart; left out: `lines`. */
  readonly pooled?: Lines;
  /** Whose gains are wanted; the family is of all. */
  readonly shown?: (e: Row) => boolean;
}

/** A gain for each line of students at temperature 1 and each step count of a measure. */
export function gainsAtMatchedEntropy(request: GainsRequest): Gains {
  const { evaluations, measure, lines, pooled = lines, shown = () => true } = request;
  const rows = rowsOf(evaluations, measure).filter((e) => (e.steps ?? 0) > 0 && isKnown(e));
  const ofTeachers = groupBy(
    rows.filter((e) => e.round === 0),
    (e) => teacherKey(e.subjectHash, e),
  );
  const teachers = new Map([...ofTeachers].map(([key, own]) => [key, frontiersOf(own)]));
  const students = rows.filter((e) => e.round > 0 && e.temperature === 1);
  const linesBy = (by: Lines) =>
    groupsOf(students, ({ steps }) => steps, by.nameOf).map((same) => groupOf(same, teachers, by));
  const groups = linesBy(lines);
  const whole = pooled === lines ? groups : linesBy(pooled);
  const between = betweenSeeds(whole.flatMap(({ cell }) => cell ?? []));
  const effects = groups.map(({ cell }) => (cell ? effectOf(cell, between) : undefined));
  const verdicts = familyVerdicts(effects);
  const nfe = nfeOf(rows.filter((e) => e.round === 0 && e.temperature === 1));
  const gains = groups.flatMap((group, i): Gain[] => {
    const first = group.rows[0] as Row;
    if (!group.rows.some(shown)) return [];
    const effect = effects[i];
    // When somebody asks: a list of what is new asks for a line or two.
    let found: Found | undefined;
    const steps = (): Found => {
      found ??= neededOf(group, between, nfe);
      return found;
    };
    return [
      {
        ...{ round: first.round, label: lines.nameOf(first), steps: first.steps as number, nfe: meanNfe(group.rows) },
        ...{ gain: effect ? timesOf(effect) : null, none: group.none, verdict: verdicts[i] ?? null },
        get needed() {
          return steps().needed;
        },
        get neededNfe() {
          return steps().neededNfe;
        },
        seeds: (group.cell?.replicates ?? []).map(({ value, stderr, model }, k) => {
          const gain = Math.exp(value);
          const seed = lines.pairOf(group.rows[k] as Row);
          return { seed, value: gain, stderr: stderr === null ? null : gain * stderr, model };
        }),
        keys: group.rows.map((e) => e.key),
        newestAt:
          group.rows
            .map((e) => e.createdAt)
            .sort()
            .at(-1) ?? "",
      },
    ];
  });
  const order = (a: Gain, b: Gain) => a.round - b.round || a.label.localeCompare(b.label) || a.steps - b.steps;
  return { gains: gains.sort(order), family: effects.filter((effect) => effect !== undefined).length };
}
