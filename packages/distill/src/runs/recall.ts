/**
 * @file What a run was begun with, put in the place of defaults when it is gone on with.
 *
 * A run's newest checkpoint says with which options it was made. Those are taken wherever a later call says nothing, so
 * that `round --name=mine` goes on with mine's teacher, text and rates; what a call says otherwise is looked at in
 * `resume.ts`.
 */

import { existsSync, readdirSync } from "node:fs";
import type { CheckpointState } from "@sdtt/core/checkpoint";
import { planningKeys } from "@sdtt/core/plan";
import { roundFolder, runFolder } from "@sdtt/core/workspace";
import { progressOf } from "./run.js";

type Config = Readonly<Record<string, unknown>>;

/**
 * Options of a call and not of a run: where and how it computes, what it prints, how far it goes. The text is a run's, but
 * is taken from where its checkpoint says that it lies (`text.ts`).
 */
const ofACall = new Set<string>([
  ...["source", "data"],
  ...["name", "root", "threads", "engine", "device", "evaluate", "evaluator", "rounds", "until"],
  ...planningKeys.filter((key) => key !== "microbatch" && key !== "headChunk"),
]);

/** What the newest checkpoint of a run's rounds says, `first` being 0 for pre-training. */
export function newestFacts(root: string, run: string, first: 0 | 1): CheckpointState | undefined {
  const folder = runFolder(root, run);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^round-\d+$/.test(name)) : [];
  const rounds = names.map((name) => Number(name.slice(6))).filter((round) => (first === 0 ? round === 0 : round > 0));
  for (const round of rounds.sort((a, b) => b - a)) {
    const found = progressOf(roundFolder(root, run, round));
    if (found) return found.facts;
  }
  return undefined;
}

/** `options`, with what the run began with wherever the call gave nothing. */
export function recalled<O extends Config>(
  options: O,
  keys: readonly string[],
  given: ReadonlySet<string>,
  began: Config,
): O {
  const free = keys.filter((key) => !given.has(key) && !ofACall.has(key) && began[key] !== undefined);
  return { ...options, ...Object.fromEntries(free.map((key) => [key, began[key]])) };
}
