/**
 * @file What may change when a run is resumed, and what may not.
 */
import { adamwDefaults, type LearningRateSchedule, planningKeys, samePast, userError } from "@sdtt/core";

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
  optimizer: "adamw",
  momentum: 0.95,
  decay: 0,
  masking: "time",
  complementary: false,
  shift: false,
  anneal: 0,
};

const scheduleIn = (config: Config): LearningRateSchedule => {
  const { schedule: name, lr: peak, warmup, updates, decay } = config;
  return { name, peak, warmup, updates, decay } as LearningRateSchedule;
};

/** Options that say when training ends: free as long as the updates that are done would have been the same. */
const ending = new Set(["updates", "decay"]);

/** Throws   UserError where a run of `done` updates cannot be given another end */
function refuseOtherEnd(where: string, before: Config, after: Config, done: number): void {
  if (done <= Number(after.updates) && samePast(done, scheduleIn(before), scheduleIn(after))) return;
  const said = (config: Config) => `${config.updates} (--decay=${config.decay}, --schedule=${config.schedule})`;
  const rule = `another --updates must leave the ${done} updates that are done as they were`;
  const remedy = "Only wsd before its decay, and constant, go on for longer; else choose another --name.";
  throw userError(where, rule, `${said(before)} → ${said(after)}`, remedy);
}

/**
 * @param done updates that are done, where the end of the run may be moved
 *
 * Throws   UserError naming each option that differs from the one the run began with
 */
export function refuseChanged(where: string, began: Config, now: Config, done?: number): void {
  const before: Config = { ...addedLater, ...began };
  const after: Config = { ...addedLater, ...now };
  const free = (key: string) => incidental.has(key) || (done !== undefined && ending.has(key));
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !free(key));
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  if (changed.length === 0) {
    if (done !== undefined) refuseOtherEnd(where, before, after, done);
    return;
  }
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
    throw userError(
      where,
      "a run must be resumed on the text it began with",
      got,
      "Give back its text, by --data or --source.",
    );
  }
}
