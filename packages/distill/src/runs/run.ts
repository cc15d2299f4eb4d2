/**
 * @file A run on disk: its folder, its lock, its checkpoints, its rows, and how it is asked to stop.
 *
 *   .sdtt/runs/NAME/round-R/checkpoints/update-00000100
 */
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Stopped, stopCode, stopRequests } from "@sdtt/core/base";
import {
  type CheckpointState,
  checkpointPath,
  loadCheckpoint,
  newestCheckpoint,
  parseState,
  type RoundControl,
  readCheckpointState,
  saveCheckpoint,
  weightsHash,
} from "@sdtt/core/checkpoint";
import type { Engine } from "@sdtt/core/engine";
import { lockRun } from "@sdtt/core/files";
import { noteCode, openStore, recorded, type Store } from "@sdtt/core/store";
import { codeState, machineOf, roundFolder, storePath } from "@sdtt/core/workspace";
import type { Hooks, TrainPoint, TrainState } from "../training/train.js";
import type { ValidationName } from "../training/validation.js";

type Said =
  | ("run" | "round" | "updates" | "seed" | "model" | "tokenizerHash" | "corpusHash" | "dt" | "lineage")
  | ("config" | "configHash");

/** What a run says of itself from its first checkpoint on; `config` and what it is of are as in `CheckpointState`. */
export interface RunFacts extends Pick<CheckpointState, Said> {
  readonly stage: "pretrain" | "round";
  readonly text?: CheckpointState["text"];
  readonly control?: RoundControl | undefined;
  readonly validation?: ValidationName | undefined;
  readonly experiment: string;
  readonly command: string;
}

/** SIGINT or SIGTERM asks for a stop after the current update; a second, different request ends at once. */
const stopAfterUpdate = () =>
  stopRequests(
    () => process.stderr.write("\nStopping after this update; press again in a few seconds to end now.\n"),
    (signal) => process.exit(stopCode(signal as NodeJS.Signals)),
  );

/** How far a round has come: its newest checkpoint's state.json, no tensor. */
export function progressOf(folder: string) {
  const path = newestCheckpoint(folder);
  if (!path) return undefined;
  const { state, hashes } = readCheckpointState(path);
  const facts = parseState(`checkpoint ${path}`, state);
  return { path, facts, hashes, isDone: facts.update >= facts.updates };
}

/** The newest checkpoint of a round, as the state that training goes on from. */
export function resumeState(folder: string): { state: TrainState; facts: CheckpointState; hash: string } | undefined {
  const path = newestCheckpoint(folder);
  if (!path) return undefined;
  const { model, ema, optimizer, state, hash } = loadCheckpoint(path);
  const facts = parseState(`checkpoint ${path}`, state);
  const { update, optimizerUpdate = update, cursor } = facts;
  return {
    state: { update, optimizerUpdate, cursor, model, ema: ema ?? model, optimizer: optimizer ?? {} },
    facts,
    hash,
  };
}

/** Opens the store, takes the lock, and gives the hooks that training reports to. */
export function openRun(root: string, facts: RunFacts, engine: Engine) {
  const folder = roundFolder(root, facts.run, facts.round);
  const lock = lockRun(folder);
  // What a kill between a checkpoint and the removal of the one before left, of rounds that are done too.
  for (let round = 0; round <= facts.round; round++) removeOlderCheckpoints(roundFolder(root, facts.run, round));
  const store = openStore(storePath(root));
  const code = codeState(undefined, [root]);
  const { commit, dirty } = code;
  const runId = `${facts.run}/round-${facts.round}`;
  const { run: name, stage, round, seed, config, configHash, experiment, command, lineage } = facts;
  const { corpusHash, tokenizerHash } = facts;
  store.saveExperiment({ name: experiment });
  const described = { id: runId, name, experiment, stage, round, seed, config, configHash, command };
  const teacherHash = lineage.at(-1);
  const origin = {
    commit,
    dirty,
    engine: engine.description,
    machine: machineOf(),
    ...{ corpusHash, tokenizerHash },
    ...(teacherHash && { teacherHash }),
  };
  store.startRun({ ...described, ...origin, startedAt: new Date().toISOString() });
  noteCode(store, runId, code);
  const stop = stopAfterUpdate();
  const hooks: Hooks = {
    stopping: stop.isAsked,
    onPoints: (points: readonly TrainPoint[]) => store.addTrainPoints(runId, [...points]),
    async onCheckpoint(state) {
      saveRunCheckpoint(folder, facts, state, { commit, engine: engine.description, store, runId });
    },
  };
  return {
    folder,
    store,
    runId,
    hooks,
    /**
     * Does `work`, which says how it ended, and closes the run; a failure is kept with its reason.
     *
     * @param goOn how a stopped run is gone on with
     * Throws   Stopped where it was stopped, once everything is saved and closed
     */
    async during(work: () => Promise<"done" | "stopped">, goOn: () => string): Promise<void> {
      try {
        const ended = await recorded(store, runId, work, (how) => how);
        if (ended === "stopped") throw new Stopped(goOn(), stop.signal() ?? "SIGTERM");
      } finally {
        stop.release();
        lock.release();
      }
    },
  };
}

function saveRunCheckpoint(
  folder: string,
  facts: RunFacts,
  state: TrainState,
  origin: { commit: string; engine: string; store: Store; runId: string },
): void {
  const { experiment: _, command: __, ...kept } = facts;
  const described: CheckpointState = {
    ...kept,
    update: state.update,
    optimizerUpdate: state.optimizerUpdate,
    cursor: state.cursor,
    commit: origin.commit,
    engine: origin.engine,
  };
  const path = checkpointPath(folder, state.update);
  const { hash } = saveCheckpoint(path, {
    model: state.model,
    ema: state.ema,
    optimizer: state.optimizer,
    state: { ...described },
  });
  const row = {
    runId: origin.runId,
    round: facts.round,
    path,
    update: state.update,
    teacherHash: facts.lineage.at(-1),
  };
  origin.store.addCheckpoint({ ...row, hash, weights: "raw" });
  origin.store.addCheckpoint({ ...row, hash: weightsHash(state.ema), weights: "ema" });
  removeOlderCheckpoints(folder);
}

/** Only the newest checkpoint of a round is kept: it holds all that resuming needs. */
export function removeOlderCheckpoints(folder: string): void {
  const newest = newestCheckpoint(folder);
  if (!newest) return;
  const parent = dirname(newest);
  for (const name of readdirSync(parent)) {
    if (/^update-\d+$/.test(name) && name !== basename(newest)) rmSync(join(parent, name), { recursive: true });
  }
}
