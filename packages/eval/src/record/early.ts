/** @file Who takes the first steps of a sample in place of the student: another round's, of the same tokenizer. */
import { userError } from "@sdtt/core/base";
import type { WeightsChoice } from "@sdtt/core/checkpoint";
import { shareTokenizer } from "@sdtt/core/text";
import { type Checkpoint, openCheckpoint, requireDenoiser } from "./checkpoint.js";

/** Throws   UserError when a teacher, or who takes the first steps, has another tokenizer than the student */
export function refuseOtherTokenizer(
  student: Checkpoint,
  other: Checkpoint,
  flag: "--teacher" | "--early",
  root: string,
): void {
  if (shareTokenizer(student, other, root)) return;
  const got = `${other.tokenizerHash.slice(0, 12)} for ${student.tokenizerHash.slice(0, 12)}`;
  const rule = "it must have the student's tokenizer";
  throw userError(`checkpoint ${other.path}`, rule, got, `Give another ${flag}, or leave it out.`);
}

interface Asked {
  readonly early?: string | undefined;
  /** Of all steps. */
  readonly earlyShare: number;
  readonly weights: WeightsChoice;
  readonly root: string;
}

/**
 * Undefined where --early is not given.
 *
 * Throws   UserError where it is no denoiser, or has another tokenizer
 */
export function earlyOf(student: Checkpoint, { early, earlyShare: share, weights, root }: Asked) {
  if (early === undefined) return undefined;
  const checkpoint = openCheckpoint(early, weights);
  requireDenoiser(checkpoint, "Give another --early, or leave it out.");
  refuseOtherTokenizer(student, checkpoint, "--early", root);
  return { checkpoint, share };
}
