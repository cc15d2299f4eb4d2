/**
 * @file What controls gain: rounds that teach nothing new, and the teacher trained on for as many updates.
 *
 * Their rows are never students'; here each kind is read as if it were, so that its gains at matched entropy are made as
 * students' are, and a student's is divided by its null round's: what neither temperature nor training as such gives.
 */
import type { StoreReader } from "@sdtt/core/store";
import { curveFrom, type Gain } from "@sdtt/dashboard";
import { type FigureTable, nothing, type Shown, shownInterval } from "./tables.js";

const kinds = { null: "null rounds", "equal-updates": "the teacher trained on" } as const;
type Kind = keyof typeof kinds;

/** The store with the rows of one control in the place of students'. */
function asStudents(store: StoreReader, kind: Kind): StoreReader {
  return {
    ...store,
    evaluations: (filter) =>
      store
        .evaluations({ ...filter, control: "any" })
        .filter(({ control, round }) => control === kind || (control === null && round === 0)),
  };
}

function gainsOf(store: StoreReader, experiment: string, kind: Kind): readonly Gain[] {
  const known = store.evaluations({ experiment, control: kind });
  return known.length === 0 ? [] : curveFrom(asStudents(store, kind), { experiment }).matched.gains;
}

/** Student's gain over its control's, whose errors are taken as independent. */
function ratioShown(student: Gain | undefined, control: Gain | undefined): Shown {
  const [a, b] = [student?.gain, control?.gain];
  if (!a || !b) return nothing;
  const middle = Math.log(a.mean / b.mean);
  const reach = Math.hypot(Math.log(a.high / a.mean), Math.log(b.high / b.mean));
  const [mean, low, high] = [middle, middle - reach, middle + reach].map(Math.exp) as [number, number, number];
  return shownInterval({ mean, low, high }, { digits: 2 });
}

const at = (gains: readonly Gain[], round: number, steps: number): Gain | undefined =>
  gains.find((gain) => gain.round === round && gain.steps === steps);
const shownGain = (gain: Gain | undefined): Shown => (gain?.gain ? shownInterval(gain.gain, { digits: 2 }) : nothing);

/** Undefined where no control was evaluated. */
export function controlsTable(
  store: StoreReader,
  experiment: string,
  students: readonly Gain[],
): FigureTable | undefined {
  const found = (Object.keys(kinds) as Kind[]).map((kind) => ({ kind, gains: gainsOf(store, experiment, kind) }));
  const steps = [...new Set(found.flatMap(({ gains }) => gains.map((gain) => gain.steps)))].sort((a, b) => a - b);
  if (steps.length === 0) return undefined;
  const rows = found.flatMap(({ kind, gains }) =>
    [...new Set(gains.map(({ round }) => round))].flatMap((round) => [
      { label: `${kinds[kind]}, round ${round}`, cells: steps.map((count) => shownGain(at(gains, round, count))) },
      {
        label: `round ${round} ÷ ${kinds[kind]}`,
        cells: steps.map((count) => ratioShown(at(students, round, count), at(gains, round, count))),
      },
    ]),
  );
  return {
    key: "controls",
    title: "What controls gain",
    note: "Gain at matched entropy of rounds whose target is the teacher's own prediction (null), and of the teacher trained on for as many updates; and how many times a student's gain is theirs. 95 % intervals, those of the quotients as of independent figures.",
    head: ["gain, steps", ...steps.map(String)],
    rows,
  };
}
