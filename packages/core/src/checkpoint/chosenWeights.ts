/**
 * @file Which weights of a checkpoint are meant: those that were trained, or their average.
 */
import { userError } from "../base/errors.js";
import type { CheckpointSummary } from "./layout.js";

export const weightsChoices = ["raw", "ema"] as const;
export type WeightsChoice = (typeof weightsChoices)[number];

export interface ChosenWeights {
  readonly weights: WeightsChoice;
  readonly part: "model" | "ema";
  readonly hash: string;
}

/**
 * The part of a checkpoint that holds the weights asked for; each part's hash is in state.json.
 *
 * @param choice "raw", "ema", or hashes: the weights that have one of them, else the raw ones
 * Throws   UserError when there are no EMA weights and they are asked for
 */
export function chosenWeights(
  where: string,
  hashes: CheckpointSummary["hashes"],
  choice: WeightsChoice | readonly string[],
): ChosenWeights {
  const raw = { weights: "raw", part: "model", hash: hashes.model } as const;
  if (choice === "raw" || (typeof choice !== "string" && choice.includes(raw.hash))) return raw;
  const { ema } = hashes;
  if (!ema && choice === "ema") {
    throw userError(where, "there must be EMA weights", "raw ones only (flag --weights)", "Use --weights=raw.");
  }
  const wantsEma = ema && (choice === "ema" || choice.includes(ema));
  return wantsEma ? { weights: "ema", part: "ema", hash: ema } : raw;
}
