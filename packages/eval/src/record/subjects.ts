/**
 * @file Which models a report is of: every round of a run, their teacher, and the AR baseline; controls are in `controls.ts`.
 */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import type { WeightsChoice } from "@sdtt/core/checkpoint";
import { isCausal } from "@sdtt/core/model";
import { shareTokenizer } from "@sdtt/core/text";
import { assetPath, runFolder } from "@sdtt/core/workspace";
import { type Checkpoint, openCheckpoint, requireDenoiser } from "./checkpoint.js";
import { teacherOf } from "./teacher.js";

export interface ReportSubject {
  readonly label: string;
  readonly checkpoint: Checkpoint;
}

export interface SubjectRequest {
  readonly run?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly rounds?: readonly number[] | undefined;
  readonly teacher: string;
  readonly weights: WeightsChoice;
  readonly root: string;
}

/** Numbers of the rounds in a run's folder, ascending. */
export function roundNumbers(folder: string): number[] {
  const found = existsSync(folder) ? readdirSync(folder) : [];
  return found.flatMap((name) => (/^round-\d+$/.test(name) ? [Number(name.slice(6))] : [])).sort((a, b) => a - b);
}

/** Folders of a run's rounds, ascending. Throws   UserError where there is none of those asked for */
export function roundFolders({ rounds, root }: SubjectRequest, run: string): string[] {
  const folder = runFolder(root, run);
  const numbers = roundNumbers(folder);
  const wanted = numbers.filter((round) => rounds?.includes(round) ?? true);
  if (wanted.length > 0) return wanted.map((round) => join(folder, `round-${round}`));
  const got = numbers.length > 0 ? `rounds ${numbers.join(", ")}` : "none";
  throw userError("report", `there must be rounds in ${folder}`, got, "Check --run, --rounds and --root.");
}

/** Throws   UserError where two models' texts cannot be compared */
export function refuseUnlike(one: Checkpoint, last: Checkpoint, root: string): void {
  if (shareTokenizer(one, last, root) && one.model.length === last.model.length) return;
  const got = `${one.tokenizerHash.slice(0, 12)}, ${one.model.length} tokens`;
  const rule = `all must share tokenizer and length (${last.tokenizerHash.slice(0, 12)}, ${last.model.length} tokens)`;
  throw userError(`checkpoint ${one.path}`, rule, got, "Report it alone: figures of unlike texts are not compared.");
}

/**
 * The teacher first where there is one, then each round.
 *
 * Throws   UserError when neither run nor checkpoint is given, a model is no denoiser, or tokenizers differ
 */
export function reportSubjects(request: SubjectRequest): ReportSubject[] {
  const { run, checkpoint, weights, teacher: asked, root } = request;
  if ((run === undefined) === (checkpoint === undefined)) {
    const got = run === undefined ? "neither" : "both";
    throw userError("report", "give --run or --checkpoint, one of them", got, "As in --run=default.");
  }
  const folders = checkpoint === undefined ? roundFolders(request, run as string) : [checkpoint];
  const opened = folders.map((folder) => openCheckpoint(folder, weights));
  // Said when it was opened; a round that has updates to go is reported where it is asked for by name only.
  const finished = opened.filter(({ unfinished }) => unfinished === undefined);
  const own = request.rounds || finished.length === 0 ? opened : finished;
  const last = own.at(-1) as Checkpoint;
  const teacher = teacherOf(last, asked, root);
  const hasIt = teacher && own.some(({ hash }) => hash === teacher.hash);
  const all = teacher && !hasIt ? [teacher, ...own] : own;
  for (const one of all) {
    requireDenoiser(one, "Give it as --ar.");
    refuseUnlike(one, last, root);
  }
  return all.map((one) => ({
    label: one.round === 0 ? "teacher" : (one.unfinished ?? `round ${one.round}`),
    checkpoint: one,
  }));
}

/** The AR baseline, where one of the same tokenizer is given or embedded. */
export function baselineOf(asked: string, like: Checkpoint, root: string): Checkpoint | undefined {
  if (asked === "none") return undefined;
  const baseline = openCheckpoint(asked === "auto" ? assetPath("ar") : asked, "student");
  if (shareTokenizer(baseline, like, root) && isCausal(baseline.model)) return baseline;
  if (asked === "auto") return undefined;
  const got = isCausal(baseline.model) ? "one of another tokenizer" : "a denoiser";
  throw userError(
    `checkpoint ${baseline.path}`,
    "the baseline must read from left to right",
    got,
    "Give another --ar.",
  );
}
