/**
 * @file Training runs that were started by hand as a grid over what they differ in: config keys, teachers, texts.
 *
 * Seeds and rounds are no axes: they are counted within a cell. What is said of a cell is its gain at matched entropy. Beside
 * rounds pre-trainings are no cells: they have other keys, and a figure only as teachers.
 */
import { type Estimate, familyNote, gainMetric, mean, metricKind, type Verdict } from "@sdtt/core/statistics";
import { isTraining, originsOf, type RunRecord } from "@sdtt/core/store";
import type { Curve, CurvePoint } from "../../charts/data/curve.js";
import { groupBy, unique } from "../../charts/data/lines.js";
import type { SeedFigure } from "../../charts/data/measure.js";
import type { GridCell, OpenCell, Sweep } from "../../charts/data/sweepGrid.js";
import { gainText } from "../../charts/data/words.js";
import { curveFrom } from "../curve.js";
import type { Reader } from "../stores/merged.js";
import { axesOf, notAxes, placeOf, sortedSteps, stepsShown, tally } from "./sweepAxes.js";

const programs: Readonly<Record<string, string>> = { distill: "distill", eval: "eval" };

/** A command line as it can be given again: the stored one begins with the program's name. */
export function retryCommand({ command }: RunRecord): string {
  const [program = "", ...rest] = command.split(" ");
  const folder = Object.hasOwn(programs, program) ? programs[program] : undefined;
  return folder === undefined ? command : ["node", `packages/${folder}/dist/cli.js`, ...rest].join(" ");
}

type Facts = Readonly<Record<string, unknown>>;

/** What a run's student is made of: its own rounds' config and text, and the teacher that they began with. */
function factsFrom(reader: Reader): (run: RunRecord) => Facts {
  const originOf = originsOf(reader);
  const made = groupBy(reader.checkpoints(), ({ runId }) => runId);
  const short = (hash: string | null) => hash?.slice(0, 8) ?? null;
  return (run) => {
    const own = made.get(run.id)?.at(-1)?.hash;
    if (own !== undefined && run.round > 0) {
      const { told: facts, teacher } = originOf({ subjectHash: own, runId: run.id, round: run.round });
      // Which weights taught the next round is told of later rounds only.
      const { weights: _, ...told } = facts;
      const values = Object.entries(told).map(([key, value]) => [
        key,
        Number.isNaN(Number(value)) ? value : Number(value),
      ]);
      return { ...Object.fromEntries(values), teacher: short(teacher) };
    }
    const kept = Object.entries(run.config).filter(([key]) => !notAxes.has(key));
    return { ...Object.fromEntries(kept), teacher: run.round === 1 ? short(run.teacherHash) : null };
  };
}

interface Judged {
  readonly round: number;
  readonly value: Estimate;
  readonly entropy: number | null;
  readonly says: string;
  readonly verdict: Verdict | null;
  readonly seeds: readonly SeedFigure[];
  /** Each seed's gain; null where the cell could not be compared. */
  readonly gains: readonly SeedFigure[] | null;
}

/** What is laid out: rounds of students, where there are none controls, which are measured as such alone, else pre-trainings. */
function laidOutOf(training: readonly RunRecord[]): readonly RunRecord[] {
  const rounds = training.filter(({ stage }) => stage === "round");
  const students = rounds.filter(({ config }) => config.control === undefined);
  return [students, rounds, training].find((runs) => runs.length > 0) ?? [];
}

/** The newest round's point of each run at a step count; of one line, as the page draws it. */
function judgedBy(curve: Curve, steps: number | null, hashes: ReadonlyMap<string, readonly string[]>) {
  const points = curve.series
    .filter(({ round, temperature }) => round > 0 && temperature === 1)
    .flatMap(({ round, label, points }) => points.map((point) => ({ round, label, point })))
    .filter(({ point }) => point.steps === steps);
  return (runs: readonly RunRecord[]): Judged | null => {
    const own = new Set(runs.flatMap(({ id }) => hashes.get(id) ?? []));
    const isOwn = ({ from }: CurvePoint) => from.checkpoints.some((hash) => own.has(hash));
    const found = points.filter(({ point }) => isOwn(point)).sort((a, b) => b.round - a.round)[0];
    if (!found) return null;
    const { round, label, point } = found;
    const gain = curve.matched.gains.find((one) => one.label === label && one.steps === steps);
    const says = gain ? `gain ${gainText({ ...gain, verdict: null })}` : "";
    const about = {
      round,
      value: point.value,
      entropy: point.entropy?.mean ?? null,
      says,
      verdict: gain?.verdict ?? null,
    };
    return { ...about, seeds: point.seeds, gains: gain?.gain ? gain.seeds : null };
  };
}

function openCell(run: RunRecord): OpenCell[] {
  if (run.status === "done") return [];
  const commands: Record<string, string> = run.status === "running" ? {} : { retry: retryCommand(run) };
  return [{ label: run.id, state: run.status, note: "", commands }];
}

/** Draws of one model are no further trainings: their mean counts once, by the training's seed. */
function oncePerTraining(figures: readonly SeedFigure[], metric: string): GridCell["outcomes"] {
  return [...groupBy(figures, ({ model }) => model).values()].map((draws) => {
    const values = draws.map(({ value }) => value);
    const value = metricKind(metric).scale === "log" ? Math.exp(mean(values.map(Math.log))) : mean(values);
    return { seed: (draws[0] as SeedFigure).seed.split(" ")[0] as string, value };
  });
}

const noteOf = ({ matched: { family } }: Curve): string =>
  family === 0
    ? "95 % intervals over seeds and samples; no verdict without a teacher's temperatures (eval:frontier)"
    : `95 % intervals over seeds and samples; gain at matched entropy, ${familyNote(family, "gains of the experiment")}`;

export function sweepOfRuns(reader: Reader, experiment: string, wanted: number | undefined): Sweep {
  const training = reader.runs({ experiment }).filter(({ stage }) => isTraining(stage));
  const laidOut = laidOutOf(training);
  const factsOf = factsFrom(reader);
  const facts = new Map(laidOut.map((run) => [run.id, factsOf(run)]));
  const factsAt = ({ id }: RunRecord) => facts.get(id) as Facts;
  const axes = axesOf(unique([...facts.values()].flatMap(Object.keys)).sort(), [...facts.values()]);
  const curve = curveFrom(reader, { experiment });
  const students = curve.series.filter(({ round }) => round > 0);
  const stepChoices = curve.isLevel
    ? []
    : sortedSteps(students.flatMap(({ points }) => points.map(({ steps }) => steps)));
  const steps = stepsShown(stepChoices, wanted);
  const checkpoints = groupBy(reader.checkpoints(), ({ runId }) => runId);
  const hashes = new Map([...checkpoints].map(([id, rows]) => [id, rows.map(({ hash }) => hash)]));
  const judged = judgedBy(curve, steps, hashes);
  const groups = groupBy(laidOut, (run) => JSON.stringify(placeOf(axes, factsAt(run))));
  const found = [...groups.values()].map((runs) => ({ runs, judged: judged(runs) }));
  const known = found.flatMap((one) => one.judged ?? []);
  const isByGain = known.length > 0 && known.every(({ gains }) => gains !== null);
  const outcomeMetric = isByGain ? gainMetric : (curve.measure?.metric ?? null);
  const cells = found.map(({ runs, judged: own }): GridCell => {
    const { round = null, value = null, entropy = null, says = "", verdict = null } = own ?? {};
    const figures = (isByGain ? own?.gains : own?.seeds) ?? [];
    return {
      at: placeOf(axes, factsAt(runs[0] as RunRecord)),
      statuses: tally(runs.map(({ status }) => status)),
      seeds: unique(runs.map(({ seed }) => seed)).sort((a, b) => a - b),
      ...{ round, value, entropy, says, verdict },
      outcomes: oncePerTraining(figures, outcomeMetric ?? ""),
      runs: runs.map(({ id }) => id),
    };
  });
  const about = { experiment, axes, cells, measure: curve.measure?.id ?? null, outcomeMetric, steps, stepChoices };
  const counts = tally(training.map(({ status }) => status));
  return { ...about, counts, open: training.flatMap(openCell), note: noteOf(curve), commands: {} };
}
