/**
 * @file Which evaluations are points of one line, and what the line is called.
 *
 * One line is of one round, teacher, text, training config, temperature, weights and precision: nothing else is a seed of it. (Of
 * samplers the store gives one, definition and judge are the measure's.) What rows differ in becomes part of the names.
 */
import type { EvaluationRecord, Origin } from "@sdtt/core/store";

export type OriginOf = (e: EvaluationRecord) => Pick<Origin, "teacher" | "facts"> & { readonly seed?: number | null };

export function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** Groups of rows that have all of these in common, in the order of their first rows. No key is made of the parts. */
export function groupsOf<T>(rows: readonly T[], ...partsOf: ((row: T) => unknown)[]): T[][] {
  const groups: T[][] = [];
  const groupAt = keptBy<T, T[]>(partsOf, () => {
    const group: T[] = [];
    groups.push(group);
    return group;
  });
  for (const row of rows) groupAt(row).push(row);
  return groups;
}

/** What `make` gives of a row, made once for all rows that have these parts in common. */
export function keptBy<T, A>(partsOf: readonly ((row: T) => unknown)[], make: (row: T) => A): (row: T) => A {
  type Kept = Map<unknown, Kept | { readonly answer: A }>;
  const [inner, last] = [partsOf.slice(0, -1), partsOf.at(-1) as (row: T) => unknown];
  const known: Kept = new Map();
  return (row) => {
    let at = known;
    for (const partOf of inner) {
      const part = partOf(row);
      let next = at.get(part) as Kept | undefined;
      if (next === undefined) {
        next = new Map();
        at.set(part, next);
      }
      at = next;
    }
    const part = last(row);
    let kept = at.get(part) as { readonly answer: A } | undefined;
    if (kept === undefined) {
      kept = { answer: make(row) };
      at.set(part, kept);
    }
    return kept.answer;
  };
}

/** `make`'s answer, made when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly answer: T } | undefined;
  return () => {
    made ??= { answer: make() };
    return made.answer;
  };
}

export const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

export interface Lines {
  /** A line's name, unique among the rows. */
  nameOf(e: EvaluationRecord): string;
  /** What tells it from other lines of its round; empty for a teacher, and where there is one line a round. */
  groupOf(e: EvaluationRecord): string;
  /** Hash of the teacher that a student is held against; null where it is not known. */
  teacherOf(e: EvaluationRecord): string | null;
  /** What makes a pair with another line: the training's seed and that of the draws. */
  pairOf(e: EvaluationRecord): string;
  /** The keys that lines are told apart by, of themselves. */
  readonly differing: readonly string[];
}

const short = (hash: string | null): string => (hash === null ? "unknown" : hash.slice(0, 8));

/** A key by which lines are drawn apart though they could be seeds of one: `seed`, `name`. */
export interface Apart {
  readonly key: string;
  readonly valueFor: (e: EvaluationRecord) => string;
}

/** Of students that know their teachers; one whose origin says nothing has the only teacher that there is. */
function teachersOf(rows: readonly EvaluationRecord[], originOf: OriginOf): (e: EvaluationRecord) => string | null {
  const present = unique(rows.filter((e) => e.round === 0 && e.steps !== null).map((e) => e.subjectHash));
  const only = present.length === 1 ? (present[0] as string) : null;
  return (e) => (e.round === 0 ? e.subjectHash : (originOf(e).teacher ?? only));
}

type Row = EvaluationRecord;

/** Once for each model and run that judged it: there are some dozens of them, of thousands of rows. */
const onceAModel = <A>(make: (e: Row) => A): ((e: Row) => A) =>
  keptBy<Row, A>([(e) => e.subjectHash, (e) => e.runId, (e) => e.round], make);

/** @param rows all that may be shown: names do not change with a selection among them */
export function linesOf(rows: readonly EvaluationRecord[], originOf: OriginOf, apart: readonly Apart[] = []): Lines {
  const models = unique(rows.map(onceAModel((e) => e)));
  const students = models.filter((e) => e.round > 0);
  const teacherOf = teachersOf(rows, originOf);
  // An origin's facts are one object for all of its rows: there are few.
  const factsAmong = (among: readonly EvaluationRecord[]) => unique(among.map((e) => originOf(e).facts));
  const keys = unique(factsAmong(students).flatMap(Object.keys)).sort();
  const factOf = (e: EvaluationRecord, key: string): string => originOf(e).facts[key] ?? "none";
  // Within a round: a later one may well have been told more than an earlier one.
  const byRound = [...groupBy(students, (e) => String(e.round)).values()].map(factsAmong);
  const differing = keys.filter((key) =>
    byRound.some((same) => new Set(same.map((facts) => facts[key] ?? "none")).size > 1),
  );
  const hasTeachers = new Set(students.map(teacherOf)).size > 1;
  // What is asked for apart may be of each row.
  const perModel = apart.length === 0 ? onceAModel : <A>(make: (e: Row) => A) => make;
  const groupOf = perModel((e): string => {
    if (e.round === 0) return "";
    const told = differing.map((key) => `${key} = ${factOf(e, key)}`);
    const asked = apart
      .filter(({ key }) => !differing.includes(key))
      .map(({ key, valueFor }) => `${key} = ${valueFor(e)}`);
    return [...told, ...asked, ...(hasTeachers ? [`teacher ${short(teacherOf(e))}`] : [])].join(", ");
  });
  const teachers = new Set(rows.filter((e) => e.round === 0 && e.steps !== null).map((e) => e.subjectHash));
  const modelName = perModel((e): string => {
    if (e.round === 0) return teachers.size > 1 ? `teacher ${short(e.subjectHash)}` : "teacher";
    const group = groupOf(e);
    return group === "" ? `round ${e.round}` : `${group}, round ${e.round}`;
  });
  const pairOf = (e: EvaluationRecord) => `${(e.round > 0 ? originOf(e).seed : null) ?? e.seed} ${e.seed}`;
  return { nameOf: withDetails(rows, modelName), groupOf, teacherOf, pairOf, differing };
}

/** Weights, precision and temperature behind a name: the first two only where it has several. */
function withDetails(rows: readonly EvaluationRecord[], modelName: (e: EvaluationRecord) => string) {
  const details = ["weights", "dtype"] as const;
  const seen = new Map<string, Record<(typeof details)[number], Set<string>>>();
  for (const e of rows) {
    const name = modelName(e);
    const known = seen.get(name) ?? { weights: new Set(), dtype: new Set() };
    for (const detail of details) known[detail].add(e[detail]);
    seen.set(name, known);
  }
  // Names are asked for again and again, of the same rows.
  return keptBy<EvaluationRecord, string>([(e) => e], (e) => {
    const name = modelName(e);
    const told = details.filter((detail) => (seen.get(name)?.[detail].size ?? 0) > 1).map((detail) => e[detail]);
    const shown = told.length === 0 ? name : `${name} (${told.join(", ")})`;
    return e.temperature === 1 ? shown : `${shown}, τ ${e.temperature}`;
  });
}

/** Of several evaluations of one checkpoint and seed (a quick one, a thorough one) the one with the most samples. */
export function replicates(rows: readonly EvaluationRecord[]): EvaluationRecord[] {
  const groups = groupsOf(
    rows,
    (e) => e.subjectHash,
    (e) => e.seed,
  );
  return groups.map((same) => same.reduce((best, e) => (e.n > best.n ? e : best)));
}

/** Names of what has no step count: its run's label, with its own hash where two things are called the same. */
export function levelNames(rows: readonly EvaluationRecord[], labelOf: (runId: string) => string) {
  const models = groupBy(rows, (e) => labelOf(e.runId));
  const isOne = (label: string) => new Set(models.get(label)?.map((e) => e.subjectHash)).size <= 1;
  return (e: EvaluationRecord): string => {
    const label = labelOf(e.runId);
    return isOne(label) ? label : `${label} ${short(e.subjectHash)}`;
  };
}
