/**
 * @file What may change when a run is resumed, and what may not.
 */
import { userError } from "@sdtt/core/base";
import { type CheckpointState, findCheckpoint, learnedText } from "@sdtt/core/checkpoint";
import { isSameOwn } from "@sdtt/core/files";
import { type LearningRateSchedule, samePast } from "@sdtt/core/optim";
import { planningKeys } from "@sdtt/core/plan";
import { laterOptions } from "@sdtt/core/store";
import { fullSource } from "./text.js";

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
  // Looked at by what they are, not by how they are written: `refuseOtherSource`, `refuseOtherTeacher`.
  "source",
  "teacher",
  // Of round's second network, looked at by its hash (`roundPartner.ts`).
  ...["partner", "partnerHash"],
  // Of the evaluation that follows.
  ...["judge", "steps", "samples"],
  "beside",
  ...planningKeys,
]);

/** Options that a round shares with all others of its run; rates, sizes and the optimizer may change between two. */
const ofTheMethod = new Set<string>([
  ...[
    "objective",
    "parts",
    "commitSteps",
    "commitThreshold",
    "selfConditioning",
    "decoders",
    "alpha",
    "divergence",
    "lossPrecision",
    "substeps",
    "initialSteps",
    "grid",
    "order",
    "weights",
    "seed",
  ],
  ...["control", "dropout", "teacherDropout", "sharedDropout"],
]);

/** What runs had that began before these were options. */
const addedLater: Config = {
  ...laterOptions,
  ...{ lossPrecision: "float32", masking: "time", complementary: false, shift: false, anneal: 0 },
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
  refuseWhere((key) => !(incidental.has(key) || (done !== undefined && ending.has(key))), where, before, after);
  if (done !== undefined) refuseOtherEnd(where, before, after, done);
}

/** Throws   UserError where a round would be distilled in another way than those before it */
export function refuseOtherMethod(where: string, began: Config, now: Config): void {
  refuseWhere((key) => ofTheMethod.has(key), where, { ...addedLater, ...began }, { ...addedLater, ...now });
}

/** Files of one's own are looked at by what stands in them. */
const isSame = (a: unknown, b: unknown) => isSameOwn(a, b) || JSON.stringify(a) === JSON.stringify(b);

function refuseWhere(counts: (key: string) => boolean, where: string, before: Config, after: Config): void {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(counts);
  const changed = keys.filter((key) => !isSame(before[key], after[key]));
  if (changed.length === 0) return;
  const shown = (value: unknown) => JSON.stringify(value) ?? "none";
  const got = changed.map((key) => `${key} ${shown(before[key])} → ${shown(after[key])}`).join(", ");
  const remedy = "Leave them out, or choose another --name.";
  throw userError(where, "a run must be resumed with the options it began with", got, remedy);
}

/** Throws   UserError where a run that learns one text is given another; a folder may be written in several ways */
export function refuseOtherSource(where: string, model: CheckpointState, asked: string): void {
  const before = learnedText({ ...model })?.source;
  if (before === undefined || before === asked || fullSource(before) === fullSource(asked)) return;
  const rule = "a run must go on with the text it began with";
  throw userError(where, rule, `${before} → ${asked} (flag --source)`, "Leave --source out, or choose another --name.");
}

/** Throws   UserError where a run that was begun from one teacher is given another, wherever either lies */
export function refuseOtherTeacher(where: string, { lineage, round }: CheckpointState, asked: string): void {
  const before = lineage[lineage.length - round];
  if (before === undefined) return;
  const { hash } = findCheckpoint(asked, [before]);
  if (hash === before) return;
  const rule = `a run must go on with the teacher it began with (${before.slice(0, 12)})`;
  const remedy = "Leave --teacher out, or choose another --name.";
  throw userError(where, rule, `${hash.slice(0, 12)} (flag --teacher=${asked})`, remedy);
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
