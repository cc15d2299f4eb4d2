/**
 * @file An experiment of a store as a curve: the one place where rows meet charts, for the page and the plot alike.
 */
import { userError } from "@sdtt/core/base";
import {
  type EvaluationFilter,
  type EvaluationRecord,
  type ExperimentRecord,
  originsOf,
  type StoreReader,
} from "@sdtt/core/store";
import { type Curve, type CurveRequest, curveOf, type XAxis } from "../charts/data/curve.js";
import { type Levels, levelsOf } from "../charts/data/levels.js";
import { type Apart, groupBy, type Lines, linesOf, unique } from "../charts/data/lines.js";

export interface CurveSelection {
  /** Left out: the newest that has evaluations, or the newest at all. */
  readonly experiment?: string | undefined;
  readonly measure?: string | undefined;
  readonly allTemperatures?: boolean;
  readonly x?: XAxis | undefined;
  /**
   * Keys of the training runs' configs, or `seed`, `name`, `machine`: lines are apart by their values. Configs, texts and
   * teachers that differ are apart anyhow.
   */
  readonly by?: readonly string[] | undefined;
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

const shown = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? "none"));

interface Asked {
  readonly store: CurveReader;
  readonly experiment: string;
  readonly originOf: ReturnType<typeof originsOf>;
}

/** Keys by which lines are asked to be apart, with their values in the run that trained a checkpoint, or else in what evaluated it. */
function apartBy({ store, experiment, originOf }: Asked, keys: readonly string[]): Apart[] {
  const runs = store.runs({ experiment });
  const known = new Set([...ownFields, ...runs.flatMap(({ config }) => Object.keys(config))]);
  const unknown = keys.find((key) => !known.has(key));
  if (unknown !== undefined) {
    const remedy = `Give one or more of: ${[...known].sort().slice(0, 30).join(", ")}.`;
    throw userError("dashboard", `lines must be by a key of ${experiment}'s runs`, unknown, remedy);
  }
  return keys.map((key) => ({
    key,
    valueFor: (e) => {
      const run = originOf(e).run ?? store.run(e.runId);
      const own = (ownFields as readonly string[]).includes(key) ? run?.[key as (typeof ownFields)[number]] : undefined;
      return shown(own ?? run?.config[key] ?? store.run(e.runId)?.config[key]);
    },
  }));
}

/** Which of an experiment's rows are read; left out: at every temperature. */
export type Rows = Pick<EvaluationFilter, "temperatures">;

interface Gathered {
  readonly name: string;
  readonly question: string;
  readonly evaluations: readonly EvaluationRecord[];
  /** All of the experiment's, of which `evaluations` are asked for. */
  readonly pool: readonly EvaluationRecord[];
  /** Of the experiment, whichever were asked for. */
  readonly rounds: readonly number[];
  readonly lines: Lines;
  /** The same without what was only asked to be apart. */
  readonly pooled: Lines;
  readonly originOf: ReturnType<typeof originsOf>;
}

/** What lines are told apart by, of an evaluation. */
export function lineOriginOf(originOf: ReturnType<typeof originsOf>) {
  return (e: EvaluationRecord) => {
    const { teacher, told: facts, run } = originOf(e);
    return { teacher, facts, seed: run?.seed ?? null };
  };
}

function gather(
  store: CurveReader,
  { experiment, by = [], rounds }: CurveSelection,
  originOf = originsOf(store),
  of: Rows = {},
): Gathered {
  const { name, question } = selectExperiment(store, experiment);
  const pool = store.evaluations({ experiment: name, ...of });
  const evaluations = rounds === undefined ? pool : pool.filter((e) => e.round === 0 || rounds.includes(e.round));
  const known = unique(pool.map((e) => e.round))
    .filter((round) => round > 0)
    .sort((a, b) => a - b);
  const asked = by.filter((key) => key !== "round");
  const lineOrigin = lineOriginOf(originOf);
  const pooled = linesOf(pool, lineOrigin);
  const apart = asked.length === 0 ? [] : apartBy({ store, experiment: name, originOf }, asked);
  const lines = apart.length === 0 ? pooled : linesOf(pool, lineOrigin, apart);
  return { name, question, evaluations, pool, rounds: known, lines, pooled, originOf };
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
  const { name, question, rounds: _, originOf: __, ...rest } = gathered;
  const curve = curveOf({ experiment: name, question, ...rest, ...naming, measure, allTemperatures, x });
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
export function curveFrom(store: CurveReader, selection: CurveSelection, originOf = originsOf(store)): Curve {
  const gathered = gather(store, selection, originOf);
  return drawn(gathered, namingOf(store, gathered.name), selection);
}

/** Curves of several measures of one experiment, whose rows are read once. */
export interface Curves extends Pick<Gathered, "name" | "pool" | "lines" | "originOf"> {
  /** Names of what has no step count. */
  readonly labelOf: (runId: string) => string;
  /** By a `Measure.id`; left out: generative perplexity. */
  curve(measure?: string): Curve;
}

/** The same reader with all runs read at once, for answers about many experiments. */
export function withAllRuns(reader: CurveReader): CurveReader {
  const runs = new Map(reader.runs().map((run) => [run.id, run]));
  const byExperiment = groupBy([...runs.values()], ({ experiment }) => experiment);
  const checkpoints = reader.checkpoints();
  return {
    ...reader,
    run: (id) => runs.get(id),
    runs: ({ experiment } = {}) =>
      experiment === undefined ? [...runs.values()] : (byExperiment.get(experiment) ?? []),
    checkpoints: (filter) => (filter === undefined ? checkpoints : reader.checkpoints(filter)),
  };
}

/**
 * @param originOf left out: the store is asked for all its checkpoints
 * @param of of `matched` temperatures only gains are the experiment's own: how much trainings vary is learnt from all
 */
export function curvesFrom(store: CurveReader, experiment: string, originOf = originsOf(store), of: Rows = {}): Curves {
  const gathered = gather(store, { experiment }, originOf, of);
  const naming = namingOf(store, gathered.name);
  const curve = (measure?: string) => drawn(gathered, naming, { measure });
  return { ...gathered, labelOf: naming.labelOf, curve };
}

/** All that the page shows of an experiment's quality. */
export interface CurveView extends Curve {
  readonly levels: Levels;
  /** What may be asked for: rounds, and keys that lines can be by. */
  readonly allRounds: readonly number[];
  readonly groupKeys: readonly string[];
  /** What tells the lines of one round apart of itself: teachers, texts and config keys in which they differ. */
  readonly apart: readonly string[];
}

export function curveViewFrom(store: CurveReader, selection: CurveSelection): CurveView {
  const gathered = gather(store, selection);
  const naming = namingOf(store, gathered.name);
  const { evaluations, lines, rounds } = gathered;
  return {
    ...drawn(gathered, naming, selection),
    levels: levelsOf({ evaluations, lines, ...naming }),
    allRounds: rounds,
    groupKeys: unique(["seed", "name", ...(selection.by ?? [])]),
    apart: lines.differing,
  };
}
