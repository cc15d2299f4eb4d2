/**
 * @file An experiment of a store as a curve: the one place where rows meet charts, for the page and the plot alike.
 */
import { type EvaluationRecord, type ExperimentRecord, type StoreReader, userError } from "@sdtt/core/store";
import { type Curve, type CurveRequest, curveOf, type XAxis } from "../charts/data/curve.js";
import { type Levels, levelsOf } from "../charts/data/levels.js";
import { type GroupOf, unique } from "../charts/data/lines.js";
import { type Gain, gainsAtMatchedEntropy } from "../charts/data/matched.js";
import { axesOf, notAxes } from "./sweepAxes.js";

export interface CurveSelection {
  /** Left out: the newest that has evaluations, or the newest at all. */
  readonly experiment?: string | undefined;
  readonly measure?: string | undefined;
  readonly allTemperatures?: boolean;
  readonly x?: XAxis | undefined;
  /** A key of the training run's config, or `seed`, `name`, `machine`: lines per its value and round. */
  readonly by?: string | undefined;
  /** Only these rounds' lines; the teacher's are always there. */
  readonly rounds?: readonly number[] | undefined;
}

export type CurveReader = Pick<StoreReader, "experiments" | "evaluations" | "run" | "runs" | "checkpoints">;

/** Throws UserError when there is no such experiment. */
export function selectExperiment(store: CurveReader, name: string | undefined): ExperimentRecord {
  const experiments = store.experiments();
  const names = experiments.map((experiment) => experiment.name);
  const newest = experiments.find(({ evaluations }) => evaluations > 0) ?? experiments[0];
  const found = name === undefined ? newest : experiments.find((experiment) => experiment.name === name);
  if (found !== undefined) return found;
  const known = names.length === 0 ? "Run one first." : `Give one of: ${names.slice(0, 10).join(", ")}.`;
  throw userError("dashboard", "the experiment must be in the store", name ?? "an empty store", known);
}

const ownFields = ["seed", "name", "machine", "engine"] as const;

/** A value of a config or field as a line's name. */
const groupName = (key: string, value: unknown): string =>
  `${key} = ${typeof value === "string" ? value : (JSON.stringify(value) ?? "none")}`;

/** From an evaluation to the value of `key` in the run that trained its checkpoint, or else in its own run. */
function grouping(store: CurveReader, experiment: string, key: string): GroupOf {
  const runs = new Map(store.runs({ experiment }).map((run) => [run.id, run]));
  const trainedBy = new Map<string, string>();
  for (const { hash, runId } of store.checkpoints()) if (runs.has(runId)) trainedBy.set(hash, runId);
  const known = new Set([...ownFields, ...[...runs.values()].flatMap(({ config }) => Object.keys(config))]);
  if (!known.has(key)) {
    const remedy = `Give one of: ${[...known].sort().slice(0, 30).join(", ")}.`;
    throw userError("dashboard", `lines must be by a key of ${experiment}'s runs`, key, remedy);
  }
  return (e) => {
    const run = runs.get(trainedBy.get(e.checkpointHash) ?? e.runId) ?? store.run(e.runId);
    const own = (ownFields as readonly string[]).includes(key) ? run?.[key as (typeof ownFields)[number]] : undefined;
    return groupName(key, own ?? run?.config[key]);
  };
}

interface Gathered {
  readonly name: string;
  readonly question: string;
  readonly evaluations: readonly EvaluationRecord[];
  /** Of the experiment, whichever were asked for. */
  readonly rounds: readonly number[];
  readonly groupOf: GroupOf | undefined;
}

function gather(store: CurveReader, { experiment, by, rounds }: CurveSelection): Gathered {
  const { name, question } = selectExperiment(store, experiment);
  const all = store.evaluations({ experiment: name });
  const evaluations = rounds === undefined ? all : all.filter((e) => e.round === 0 || rounds.includes(e.round));
  const groupOf = by === undefined || by === "round" ? undefined : grouping(store, name, by);
  const known = unique(all.map((e) => e.round))
    .filter((round) => round > 0)
    .sort((a, b) => a - b);
  return { name, question, evaluations, rounds: known, groupOf };
}

type Naming = Required<Pick<CurveRequest, "labelOf" | "commitOf" | "isTeacher">>;

function namingOf(store: CurveReader, experiment: string): Naming {
  const runs = new Map(store.runs({ experiment }).map((run) => [run.id, run]));
  const runOf = (runId: string) => runs.get(runId) ?? store.run(runId);
  const labelOf = (runId: string): string => {
    const run = runOf(runId);
    const label = run?.config.label;
    return typeof label === "string" ? label : (run?.name ?? runId);
  };
  const teachers = new Set([...runs.values()].map(({ teacherHash }) => teacherHash));
  return { labelOf, commitOf: (runId) => runOf(runId)?.commit ?? "", isTeacher: (hash) => teachers.has(hash) };
}

function drawn(gathered: Gathered, naming: Naming, { measure, allTemperatures = false, x }: CurveSelection): Curve {
  const { name, question, evaluations, groupOf } = gathered;
  const curve = curveOf({ experiment: name, question, evaluations, ...naming, measure, allTemperatures, x, groupOf });
  if (measure === undefined || curve.measure?.id === measure) return curve;
  const known = curve.measures.map(({ id }) => id).join(", ");
  throw userError(
    "dashboard",
    `the measure must be one that the experiment "${name}" has`,
    measure,
    `Give one of: ${known || "none yet"}.`,
  );
}

/** Throws UserError when there is no such experiment, measure or key. */
export function curveFrom(store: CurveReader, selection: CurveSelection): Curve {
  const gathered = gather(store, selection);
  return drawn(gathered, namingOf(store, gathered.name), selection);
}

/** All that the page shows of an experiment's quality. */
export interface CurveView extends Curve {
  readonly gains: readonly Gain[];
  readonly levels: Levels;
  /** What may be asked for: rounds, and keys that lines can be by. */
  readonly allRounds: readonly number[];
  readonly groupKeys: readonly string[];
  /** Config keys in which the runs behind one line differ. */
  readonly mixed: readonly string[];
}

export function curveViewFrom(store: CurveReader, selection: CurveSelection): CurveView {
  const gathered = gather(store, selection);
  const naming = namingOf(store, gathered.name);
  const curve = drawn(gathered, naming, selection);
  const { name, evaluations, groupOf } = gathered;
  const isJudged = curve.measure?.metric === "gen-ppl";
  const training = store.runs({ experiment: name }).filter(({ stage }) => stage === "round" || stage === "pretrain");
  const keys = unique(training.flatMap(({ config }) => Object.keys(config))).filter((key) => !notAxes.has(key));
  const differing = axesOf(
    keys.sort(),
    training.map(({ config }) => config),
  ).map(({ key }) => key);
  return {
    ...curve,
    gains: isJudged ? gainsAtMatchedEntropy(evaluations, curve.measure?.id ?? "", groupOf) : [],
    levels: levelsOf({ evaluations, groupOf, ...naming }),
    allRounds: gathered.rounds,
    groupKeys: unique(["seed", "name", ...differing]).sort(),
    mixed: selection.by === "name" ? [] : differing.filter((key) => key !== selection.by),
  };
}
