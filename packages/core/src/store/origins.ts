/**
 * @file Where the weights behind a figure come from: the teacher that their rounds began with, and all that their training
 * was told and read. Figures of unlike origins are never seeds of one another.
 *
 * A checkpoint has several rows: of the run that trained it and of each that evaluated it. Only the first says how it was
 * made. Where no run in the store trained it, what evaluated it is all that is known, and its name tells it apart.
 */
import type { CheckpointRecord, StoreReader } from "./read.js";
import type { EvaluationRecord, RunRecord } from "./rows.js";
import { isTraining } from "./schema.js";

/** Keys of a training run's config that say where and how it lies and runs, or are told otherwise (teacher, text, seed). */
export const incidentalKeys: ReadonlySet<string> = new Set(
  [
    "name experiment root data threads engine device evaluate evaluator tokenizer resume",
    "dryRun gflops json microbatch headChunk rounds until checkpointEvery size seed teacher source label",
    "beside steps samples judge",
  ].flatMap((words) => words.split(" ")),
);

/** Options of how a round learns that came after the first ones, with what rounds did before: a new one has its line here. */
export const laterMethodOptions: Readonly<Record<string, unknown>> = {
  ...{ objective: "sdtt", alpha: 1, parts: 4, commitSteps: 4, commitThreshold: 0.9, order: "random" },
  ...{ teacherDropout: 0, sharedDropout: false, selfConditioning: false },
};

/** All of a round's that came later: a run that says nothing of them did this, and is a seed of one that says so. */
export const laterOptions: Readonly<Record<string, unknown>> = {
  ...{ decay: 0, optimizer: "adamw", momentum: 0.95, weightDecay: 0, beta1: 0.9, beta2: 0.999, clip: 1 },
  ...laterMethodOptions,
};

export interface Origin {
  /** Hash of the weights that the first round's teacher has; a teacher's own. Null where nothing tells. */
  readonly teacher: string | null;
  /**
   * Text and config of its rounds, from the first to this one: `0.001`, or `0.001 → 0.0003` where they differ. `laterOptions` are
   * left out where they are as before.
   */
  readonly facts: Readonly<Record<string, string>>;
  /** The same with all `laterOptions`, so that origins can be held against each other; one object an origin. */
  readonly told: Readonly<Record<string, string>>;
  /** The run that trained it; undefined where the store has none. */
  readonly run: RunRecord | undefined;
}

type Reader = Pick<StoreReader, "checkpoints" | "run">;

interface Trained {
  readonly checkpoint: CheckpointRecord;
  readonly run: RunRecord | undefined;
}

type TrainedBy = (hash: string) => Trained | undefined;

/** By hash: the row of the run that trained it, else any. Only the runs of what is asked for are read. */
function trainedBy(reader: Reader, runOf: (id: string) => RunRecord | undefined): TrainedBy {
  const rows = new Map<string, CheckpointRecord[]>();
  for (const checkpoint of reader.checkpoints()) {
    const same = rows.get(checkpoint.hash);
    if (same) same.push(checkpoint);
    else rows.set(checkpoint.hash, [checkpoint]);
  }
  const known = new Map<string, Trained | undefined>();
  return (hash) => {
    if (!known.has(hash)) known.set(hash, trainedAmong(rows.get(hash) ?? [], runOf));
    return known.get(hash);
  };
}

function trainedAmong(
  rows: readonly CheckpointRecord[],
  runOf: (id: string) => RunRecord | undefined,
): Trained | undefined {
  for (const checkpoint of rows) {
    const run = runOf(checkpoint.runId);
    if (run && isTraining(run.stage)) return { checkpoint, run };
  }
  const [first] = rows;
  return first && { checkpoint: first, run: undefined };
}

/** From this round back to the first; a teacher that was pre-trained ends it. */
function roundsOf(hash: string, trainedOf: TrainedBy): { rounds: Trained[]; teacher: string } {
  const rounds: Trained[] = [];
  const seen = new Set<string>();
  let next = hash;
  for (;;) {
    const found = trainedOf(next);
    const before = found?.checkpoint.teacherHash;
    if (!found || !before || seen.has(next)) return { rounds, teacher: next };
    seen.add(next);
    rounds.push(found);
    next = before;
  }
}

const shown = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? "none"));

/** The text by its content where that is known, by its name else. */
const textOf = ({ corpusHash, config }: RunRecord): string => {
  const name = shown(config.source ?? "embedded");
  return corpusHash === null ? name : `${name} (${corpusHash.slice(0, 8)})`;
};

function factsOf(rounds: readonly Trained[]): Record<string, string> {
  const runs = rounds.flatMap(({ run }) => run ?? []).reverse();
  const keys = new Set(runs.flatMap(({ config }) => Object.keys(config)));
  const valuesOf = (of: (run: RunRecord) => string) => [...new Set(runs.map(of))].join(" → ");
  const facts = [...keys]
    .filter((key) => !incidentalKeys.has(key) && key !== "weights")
    .map((key) => [key, valuesOf(({ config }) => shown(config[key] ?? laterOptions[key]))] as const)
    .filter(([key, value]) => !(key in laterOptions) || value !== shown(laterOptions[key]));
  // Which of a round's weights taught the next one; of the last one a row says it itself.
  const teaching = [...new Set(runs.slice(0, -1).map(({ config }) => shown(config.weights)))].join(" → ");
  const taught = teaching === "" ? [] : [["weights", teaching] as const];
  return Object.fromEntries([...facts, ...taught, ["text", valuesOf(textOf)]]);
}

const laterFacts = Object.fromEntries(Object.entries(laterOptions).map(([key, value]) => [key, shown(value)]));

/** From an evaluation to the origin of its model; a store is asked once, and each of its runs. */
export function originsOf(reader: Reader): (e: Pick<EvaluationRecord, "subjectHash" | "runId" | "round">) => Origin {
  const runs = new Map<string, RunRecord | undefined>();
  const runOf = (id: string): RunRecord | undefined => {
    if (!runs.has(id)) runs.set(id, reader.run(id));
    return runs.get(id);
  };
  const trainedOf = trainedBy(reader, runOf);
  // By hash, then by run: a page asks tens of thousands of times, and a key of both would be made each time.
  const known = new Map<string, Map<string, Origin>>();
  return ({ subjectHash, runId, round }) => {
    const ofHash = known.get(subjectHash) ?? new Map<string, Origin>();
    const found = ofHash.get(runId);
    if (found) return found;
    const made = originOf(subjectHash, round, trainedOf, runOf(runId));
    const origin = { ...made, told: { ...laterFacts, ...made.facts } };
    known.set(subjectHash, ofHash.set(runId, origin));
    return origin;
  };
}

function originOf(
  hash: string,
  round: number,
  trainedOf: TrainedBy,
  evaluatedBy: RunRecord | undefined,
): Omit<Origin, "told"> {
  if (round === 0) return { teacher: hash, facts: {}, run: trainedOf(hash)?.run };
  const { rounds, teacher } = roundsOf(hash, trainedOf);
  const run = rounds[0]?.run;
  const root = rounds.length > 0 ? teacher : (evaluatedBy?.teacherHash ?? null);
  if (run) return { teacher: root, facts: factsOf(rounds), run };
  return { teacher: root, facts: { run: evaluatedBy?.name ?? "unknown" }, run: undefined };
}
