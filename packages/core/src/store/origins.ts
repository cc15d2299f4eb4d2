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

/** By hash: the row of the run that trained it, else any. */
function trainedBy(reader: Reader, runOf: (id: string) => RunRecord | undefined): Map<string, Trained> {
  const found = new Map<string, Trained>();
  for (const checkpoint of reader.checkpoints()) {
    const known = found.get(checkpoint.hash);
    if (known?.run) continue;
    const run = runOf(checkpoint.runId);
    if (run && isTraining(run.stage)) found.set(checkpoint.hash, { checkpoint, run });
    else if (!known) found.set(checkpoint.hash, { checkpoint, run: undefined });
  }
  return found;
}

/** From this round back to the first; a teacher that was pre-trained ends it. */
function roundsOf(hash: string, trained: ReadonlyMap<string, Trained>): { rounds: Trained[]; teacher: string } {
  const rounds: Trained[] = [];
  const seen = new Set<string>();
  let next = hash;
  for (;;) {
    const found = trained.get(next);
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
  const trained = trainedBy(reader, runOf);
  const known = new Map<string, Origin>();
  return ({ subjectHash, runId, round }) => {
    const key = `${subjectHash} ${runId}`;
    const found = known.get(key);
    if (found) return found;
    const made = originOf(subjectHash, round, trained, runOf(runId));
    const origin = { ...made, told: { ...laterFacts, ...made.facts } };
    known.set(key, origin);
    return origin;
  };
}

function originOf(
  hash: string,
  round: number,
  trained: ReadonlyMap<string, Trained>,
  evaluatedBy: RunRecord | undefined,
): Omit<Origin, "told"> {
  if (round === 0) return { teacher: hash, facts: {}, run: trained.get(hash)?.run };
  const { rounds, teacher } = roundsOf(hash, trained);
  const run = rounds[0]?.run;
  const root = rounds.length > 0 ? teacher : (evaluatedBy?.teacherHash ?? null);
  if (run) return { teacher: root, facts: factsOf(rounds), run };
  return { teacher: root, facts: { run: evaluatedBy?.name ?? "unknown" }, run: undefined };
}
