/** @file An evaluation with its samples and the run that it comes from. */
import { userError } from "@sdtt/core/base";
import type { Reader } from "./stores/merged.js";

/** Throws UserError for a key that no store has. */
export function samplesOf(reader: Reader, key: string, limit: number) {
  const evaluation = reader.evaluation(key);
  if (evaluation === undefined) {
    throw userError("dashboard", "the key must be an evaluation's", key.slice(0, 40), "Reload the page.");
  }
  const all = reader.samples(key);
  return { evaluation, run: reader.run(evaluation.runId), kept: all.length, samples: all.slice(0, limit) };
}
