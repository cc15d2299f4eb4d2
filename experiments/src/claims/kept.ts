/**
 * @file The rows that a written report was made of, as JSON beside it: so that every number can be made again without the store.
 *
 * Runs, checkpoints, rounds, evaluations and item scores of one experiment, without samples and without places on a machine. A
 * store made of them gives the same report, byte for byte.
 */
import { readFileSync } from "node:fs";
import { writeFileAtomic } from "@sdtt/core/files";
import {
  currentEvaluation,
  currentRun,
  type ItemScores,
  isTraining,
  openStore,
  type Store,
  type StoreReader,
} from "@sdtt/core/store";
import { commandWithoutPlaces, withoutPlaces } from "../files/places.js";

type Runs = ReturnType<StoreReader["runs"]>;
type Checkpoints = ReturnType<StoreReader["checkpoints"]>;
type Rounds = ReturnType<StoreReader["rounds"]>;
type Evaluations = ReturnType<StoreReader["evaluations"]>;

export interface Kept {
  readonly format: 1;
  readonly experiment: string;
  readonly runs: Runs;
  readonly checkpoints: Checkpoints;
  readonly rounds: Rounds;
  readonly evaluations: Evaluations;
  /** Of evaluations, by their key. */
  readonly items: readonly (ItemScores & { readonly key: string })[];
}

/** What the report's tables are of. */
const isTold = ({ metric }: Evaluations[number]): boolean => /^(gen-ppl|last-word|energy-distance)/.test(metric);

/** Rows of one experiment, without what a machine calls its places. */
export function keptOf(store: StoreReader, experiment: string, isWanted = isTold): Kept {
  const evaluations = store
    .evaluations({ experiment, control: "any", sampler: "any" })
    .filter((row) => isWanted(row) && Number.isFinite(row.value));
  const ids = new Set(evaluations.map(({ runId }) => runId));
  const runs = store
    .runs()
    .filter((run) => ids.has(run.id) || (run.experiment === experiment && isTraining(run.stage)));
  const checkpoints = runs.flatMap(({ id }) => store.checkpoints({ runId: id }));
  const items = evaluations.flatMap(({ key }) => {
    const found = store.itemScores(key);
    if (!found) return [];
    const { items, sums, counts } = found;
    return [{ key, items, sums: Array.from(sums), ...(counts && { counts: Array.from(counts) }) }];
  });
  return {
    format: 1,
    experiment,
    runs: runs.map((run) => {
      return { ...run, config: withoutPlaces(run.config), command: commandWithoutPlaces(run.command) };
    }),
    checkpoints: checkpoints.map((one) => ({ ...one, path: one.runId })),
    rounds: runs.flatMap(({ id }) => store.rounds(id)),
    evaluations,
    items,
  };
}

export function writeKept(path: string, { format, experiment, ...tables }: Kept): void {
  const lines = (rows: readonly unknown[]) => `[\n${rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n")}\n  ]`;
  const fields = Object.entries(tables).map(([name, rows]) => `  ${JSON.stringify(name)}: ${lines(rows)}`);
  writeFileAtomic(
    path,
    `{\n  "format": ${format},\n  "experiment": ${JSON.stringify(experiment)},\n${fields.join(",\n")}\n}\n`,
  );
}

export function readKept(path: string): Kept {
  const kept: Kept = JSON.parse(readFileSync(path, "utf8"));
  return {
    ...kept,
    runs: kept.runs.map(currentRun),
    evaluations: kept.evaluations.map((row) => currentEvaluation(row)),
  };
}

/** A store of these rows alone. */
export function storeOfKept({ runs, checkpoints, rounds, evaluations, items }: Kept, file: string): Store {
  const store = openStore(file);
  const itemsOf = new Map(items.map(({ key, ...scores }) => [key, scores]));
  for (const { status, attempt: _, heartbeatAt: __, finishedAt, ...run } of runs) {
    store.startRun(run);
    if (status !== "running") store.finishRun(run.id, status, finishedAt ?? undefined);
  }
  for (const checkpoint of checkpoints) store.addCheckpoint(checkpoint);
  for (const round of rounds) store.saveRound(round);
  for (const { key, ...row } of evaluations) store.saveEvaluation(row, [], itemsOf.get(key));
  return store;
}
