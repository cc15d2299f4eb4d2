/**
 * @file What may change when a run is resumed, and what may not.
 */
import { adamwDefaults, planningKeys, userError } from "@sdtt/core";

type Config = Readonly<Record<string, unknown>>;

/** Options that say where, how fast and in how much memory a run is made, not what it is. */
const incidental = new Set<string>([
  "rounds",
  "until",
  "evaluate",
  "evaluator",
  "threads",
  "engine",
  "device",
  "root",
  "data",
  "tokenizer",
  "experiment",
  ...planningKeys,
]);

/** What runs had that began before these were options. */
const addedLater: Config = {
  weightDecay: adamwDefaults.weightDecay,
  beta1: adamwDefaults.beta1,
  beta2: adamwDefaults.beta2,
  clip: adamwDefaults.clip,
  lossPrecision: "float32",
};

/** Throws   UserError naming each option that differs from the one the run began with */
export function refuseChanged(where: string, began: Config, now: Config): void {
  const before: Config = { ...addedLater, ...began };
  const after: Config = { ...addedLater, ...now };
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !incidental.has(key));
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  if (changed.length === 0) return;
  const got = changed.map((key) => `${key} ${JSON.stringify(before[key])} → ${JSON.stringify(after[key])}`).join(", ");
  throw userError(where, "a run must be resumed with the options it began with", got, "Choose another --name.");
}

interface TextHashes {
  readonly tokenizerHash: string;
  readonly corpusHash: string;
}

/** Throws   UserError when the text differs from what the run began with */
export function refuseOtherText(where: string, before: TextHashes, now: TextHashes): void {
  for (const key of ["tokenizerHash", "corpusHash"] as const) {
    if (before[key] === now[key]) continue;
    const got = `${key} ${before[key].slice(0, 12)} then, ${now[key].slice(0, 12)} now`;
    throw userError(where, "a run must be resumed on the text it began with", got, "Give back its --data.");
  }
}
