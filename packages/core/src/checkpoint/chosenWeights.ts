/**
 * @file Which weights of a checkpoint are meant: those that were trained, or their average.
 *
 * A round says which of the two is its student (`weights` in its configuration), and that one is meant wherever nothing
 * else is asked for. What says nothing of it has its average for a student, as the embedded models have.
 */
import { userError } from "../base/errors.js";
import type { CheckpointSummary } from "./layout.js";

export const weightsChoices = ["student", "raw", "ema"] as const;
/** What may be asked for; `student` stands for the checkpoint's own choice. */
export type WeightsChoice = (typeof weightsChoices)[number];
export type WeightsKind = Exclude<WeightsChoice, "student">;

export interface ChosenWeights {
  readonly weights: WeightsKind;
  readonly part: "model" | "ema";
  readonly hash: string;
  /** As a table names them: "ema, its student", "raw, not its student (ema)", "its only weights". */
  readonly inWords: string;
}

/** The weights that a checkpoint calls its student; of one that came with a single kind, those. */
export function studentWeights({ state, hashes }: CheckpointSummary): WeightsKind {
  if (!hashes.ema) return "raw";
  const { weights } = (state.config ?? {}) as { readonly weights?: unknown };
  return weights === "raw" ? "raw" : "ema";
}

/**
 * The part of a checkpoint that holds the weights asked for; each part's hash is in state.json.
 *
 * @param choice "student", "raw", "ema", or hashes: the weights that have one of them, else the student's
 * Throws   UserError when there are no EMA weights and they are asked for
 */
export function chosenWeights(
  where: string,
  found: CheckpointSummary,
  choice: WeightsChoice | readonly string[],
): ChosenWeights {
  const { model, ema } = found.hashes;
  const student = studentWeights(found);
  const asked = typeof choice === "string" ? (choice === "student" ? student : choice) : kindOf(found, choice);
  if (asked === "ema" && !ema) {
    throw userError(where, "there must be EMA weights", "raw ones only (flag --weights)", "Use --weights=raw.");
  }
  const inWords = !ema
    ? "its only weights"
    : asked === student
      ? `${asked}, its student`
      : `${asked}, not its student (${student})`;
  return asked === "ema"
    ? { weights: asked, part: "ema", hash: ema as string, inWords }
    : { weights: asked, part: "model", hash: model, inWords };
}

function kindOf(found: CheckpointSummary, hashes: readonly string[]): WeightsKind {
  const { model, ema } = found.hashes;
  if (ema && hashes.includes(ema)) return "ema";
  return hashes.includes(model) ? "raw" : studentWeights(found);
}
