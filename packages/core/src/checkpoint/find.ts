/**
 * @file From a folder that a user names to one checkpoint and its weights: a checkpoint's, a round's or a run's folder.
 *
 * Wherever a checkpoint is wanted any of the three will do. What a user may not expect is said in `notes`: a round that
 * has updates to go, and a round of a run that was passed over because of that.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type ChosenWeights, chosenWeights, type WeightsChoice } from "./chosenWeights.js";
import { type CheckpointSummary, newestCheckpoint, readCheckpointState } from "./layout.js";
import { type CheckpointState, parseState } from "./state.js";

export interface FoundCheckpoint extends Omit<CheckpointSummary, "state">, ChosenWeights {
  readonly state: CheckpointState;
  /** The folder that holds state.json. */
  readonly path: string;
  /** How messages about it begin. */
  readonly where: string;
  /** "round-1 at update 5 of 20", of one that was not finished. */
  readonly unfinished?: string;
  readonly notes: readonly string[];
}

const hasState = (folder: string): boolean => existsSync(join(folder, "state.json"));

/** "round-1 at update 5 of 20", or nothing where all updates were made or none are known of. */
function unfinishedText({ round, update, updates }: Readonly<Record<string, unknown>>): string | undefined {
  const isUnfinished = typeof update === "number" && typeof updates === "number" && update < updates;
  return isUnfinished ? `round-${round} at update ${update} of ${updates}` : undefined;
}

interface Place {
  readonly path: string;
  readonly passedOver?: string;
}

/** The last finished round of a run's folder; its newest, where none is. */
function inRun(folder: string): Place | undefined {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^round-\d+$/.test(name)) : [];
  const newestFirst = names.sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)));
  const rounds = newestFirst.flatMap((name) => newestCheckpoint(join(folder, name)) ?? []).filter(hasState);
  const standing = rounds.map((path) => unfinishedText(readCheckpointState(path).state));
  const finished = standing.indexOf(undefined);
  const path = rounds[Math.max(0, finished)];
  if (path === undefined) return undefined;
  return finished > 0 ? { path, passedOver: standing.slice(0, finished).join(", ") } : { path };
}

const placeOf = (folder: string): Place =>
  hasState(folder) ? { path: folder } : (inRound(folder) ?? inRun(folder) ?? { path: folder });

function inRound(folder: string): Place | undefined {
  const path = newestCheckpoint(folder);
  return path === undefined ? undefined : { path };
}

/** The folder itself if it is a checkpoint, else the newest checkpoint of a round, else the last finished round of a run. */
export const checkpointFolder = (folder: string): string => placeOf(folder).path;

/**
 * The checkpoint that a folder stands for, and which of its weights; no tensor is read.
 *
 * @param choice see `chosenWeights`
 * Throws   UserError when there is none, it is damaged, or it lacks the weights asked for
 */
export function findCheckpoint(folder: string, choice: WeightsChoice | readonly string[]): FoundCheckpoint {
  const { path, passedOver } = placeOf(folder);
  const where = `checkpoint ${path}`;
  const summary = readCheckpointState(path);
  const state = parseState(where, summary.state);
  const unfinished = unfinishedText(state);
  const notes = [
    ...(passedOver ? [`${folder}: ${passedOver}; round-${state.round}, finished, is taken`] : []),
    ...(unfinished ? [`${path}: ${unfinished}, not finished`] : []),
  ];
  return {
    ...summary,
    state,
    ...chosenWeights(where, summary, choice),
    path,
    where,
    ...(unfinished && { unfinished }),
    notes,
  };
}

/** "mine, round 1 (ema, its student) 1a2b3c4d5e6f": a model as tables and messages name it. */
export function modelText({ state, unfinished, inWords, hash }: Omit<FoundCheckpoint, "path" | "where">): string {
  const round = unfinished ?? `round ${state.round}`;
  return `${state.run}, ${round} (${inWords}) ${hash.slice(0, 12)}`;
}

/** Says on standard error what a user may not expect of a checkpoint. */
export function sayNotes({ notes }: Pick<FoundCheckpoint, "notes">): void {
  for (const note of notes) process.stderr.write(`! ${note}\n`);
}
