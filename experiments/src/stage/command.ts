/**
 * @file A frozen stage as a command line, placed under a root.
 */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { userError } from "@sdtt/core/base";
import { newestCheckpoint } from "@sdtt/core/checkpoint";
import { writeFileAtomic } from "@sdtt/core/files";
import { isEvaluation, isRecorded } from "@sdtt/core/store";
import { dataFolder, workFolder } from "@sdtt/core/sweep";
import { roundFolder, storePath } from "@sdtt/core/workspace";
import { progressOf } from "@sdtt/distill/runs";
import type { FrozenStage, Source } from "../cells/frozen.js";
import { flagsFor, kinds } from "../cells/kinds.js";
import type { Stage } from "../default/stages.js";

/** Where a checkpoint lies: for pre-training and rounds the folder of that round. */
function folderOf(root: string, source: Source): string {
  if ("folder" in source) return source.folder;
  return roundFolder(workFolder(root, source.run), source.name, source.round);
}

/** Round 1's teacher is named by its checkpoint, not by its round: distill asks for that. */
function teacherOf(root: string, source: Source): string {
  const folder = folderOf(root, source);
  return existsSync(join(folder, "state.json")) ? folder : (newestCheckpoint(folder) ?? folder);
}

/** What the runner adds to a stage's frozen options. */
function placement(root: string, stage: FrozenStage): Record<string, unknown> {
  const { kind, name, round, run, from, data, weights } = stage;
  const own = { root: workFolder(root, run) };
  const prepared = data === undefined ? undefined : dataFolder(root, data);
  switch (kind) {
    case "pretrain":
      return { ...own, name, data: prepared };
    case "command":
      return { ...own, name };
    case "round":
      return { ...own, name, data: prepared, until: round, evaluate: false, teacher: teacherOf(root, from as Source) };
    case "curve":
    case "lambada": {
      const tokenizer = prepared && join(prepared, "tokenizer.json");
      const shared = { ...own, weights, checkpoint: folderOf(root, from as Source) };
      return { ...shared, ...(tokenizer && { tokenizer }), ...(kind === "curve" && { teacher: "none" }) };
    }
    default:
      return kind satisfies never;
  }
}

/** The command line of a stage, as an array for execa and as text for a log. */
export function stageCommand(
  root: string,
  stage: FrozenStage,
  { experiment, threads }: { readonly experiment: string; readonly threads: number },
): Stage {
  const options = { ...stage.options, ...placement(resolve(root), stage), experiment, threads };
  const { program } = kinds[stage.kind];
  if (stage.kind === "command")
    return { program, args: ["external", `--config=${writtenOptions(root, stage, options)}`] };
  return { program, args: [stage.kind, ...flagsFor(stage.kind, options)] };
}

/** Arguments of another's program may hold anything, commas too: they go by file. */
function writtenOptions(root: string, { key }: FrozenStage, options: Readonly<Record<string, unknown>>): string {
  const path = join(resolve(root), "stages", key, "options.json");
  writeFileAtomic(path, `${JSON.stringify(options, null, 2)}\n`);
  return path;
}

/** Whether a stage that ended with exit code 0 made all that it was to make. */
export function isComplete(root: string, stage: FrozenStage): boolean {
  if (isEvaluation(stage.kind)) return isRecorded(workStore(root, stage));
  return progressOf(roundFolder(workFolder(root, stage.run), stage.name, stage.round))?.isDone ?? false;
}

export const workStore = (root: string, stage: FrozenStage): string => storePath(workFolder(root, stage.run));

/** The process on this host that has a training run's own lock: a stage whose runner was killed. */
export function ownerOf(root: string, stage: FrozenStage): number | undefined {
  const path = join(roundFolder(workFolder(root, stage.run), stage.name, stage.round), "run.lock");
  try {
    return JSON.parse(readFileSync(path, "utf8")).pid;
  } catch {
    return undefined;
  }
}

/** Refuses programs that are not built, before a sweep begins. */
export function checkPrograms(programs: Readonly<Record<string, string>>): void {
  for (const path of Object.values(programs)) {
    if (!existsSync(path)) throw userError("sweep", "the programs must be built", `no ${path}`, "Run npm run build.");
  }
}
