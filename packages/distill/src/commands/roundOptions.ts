/** @file The options of `round`, and what of them a run that exists decides. */
import { userError } from "@sdtt/core/base";
import { type CheckpointState, learnedText, roundControls } from "@sdtt/core/checkpoint";
import { newName, rootFolder } from "@sdtt/core/cli";
import { timeGridNames } from "@sdtt/core/diffusion";
import { engineFlags, productsFlag } from "@sdtt/core/engine";
import { nameOrOwnFile } from "@sdtt/core/files";
import { dryRunFlags, plannedSize } from "@sdtt/core/plan";
import { z } from "zod";
import { divergenceNames } from "../method/divergences.js";
import { lossPrecisions } from "../method/lossPrecision.js";
import { objectiveNames, objectives } from "../method/objectives/index.js";
import { orderNames } from "../method/order.js";
import { newestFacts, recalled } from "../runs/recall.js";
import { refuseChanged, refuseOtherMethod, refuseOtherSource, refuseOtherTeacher } from "../runs/resume.js";
import { optimizerFlags, partFlags, scheduleFlags } from "./options.js";

export const roundOptions = z.object({
  name: newName().default("default").describe("name of the run; of a control: BESIDE-CONTROL"),
  experiment: newName().optional().describe("experiment that the run belongs to; default: the run's own name"),
  teacher: z.string().optional().describe("folder of a checkpoint, a round or a run; default: the embedded teacher"),
  rounds: z.int().positive().optional().describe("rounds of the run in all; default: one more than are finished"),
  until: z.int().positive().optional().describe("the same as --rounds"),
  control: z
    .enum(roundControls)
    .optional()
    .describe("null: one substep, the target is the teacher's own prediction; equal-updates: the teacher trained on"),
  beside: newName().optional().describe("run that a control stands beside, whose options it takes; default: default"),
  updates: z.int().positive().default(80).describe("optimizer updates of a round"),
  sequences: z.int().positive().default(16).describe("sequences per update"),
  ...partFlags,
  objective: z
    .enum(objectiveNames)
    .default("sdtt")
    .describe(`what a student learns: ${objectiveNames.map((name) => `${name}: ${objectives[name].what}`).join("; ")}`),
  partner: z
    .string()
    .optional()
    .describe("folder of the second network of objectives that ask one; default: the AR baseline of gumbel"),
  alpha: z.number().positive().default(1).describe("k of AlphaDLM's loss (--objective=alpha)"),
  parts: z.int().min(2).max(16).default(4).describe("products of a mixture (--objective=mixture)"),
  commitSteps: z.int().min(2).default(4).describe("steps in which a student's row is written (--objective=commit)"),
  commitThreshold: z
    .number()
    .positive()
    .max(1)
    .default(0.9)
    .describe("probability from which such a student commits a token before the last step"),
  divergence: nameOrOwnFile("divergence", divergenceNames)
    .default("reverse-kl")
    .describe("what the student minimises; FILE: its default export (docs/extending.md)"),
  lossPrecision: z.enum(lossPrecisions).default("float32").describe("precision of log-probabilities in the loss"),
  substeps: z.int().min(1).default(2).describe("m: teacher steps that the student does in one; 1 is the null control"),
  initialSteps: z
    .int()
    .positive()
    .default(32)
    .describe("1/Δ of the first round; Δ grows m-fold with each, to 1/m at most"),
  order: z
    .enum(orderNames)
    .default("random")
    .describe("order in which rows are masked and the teacher reveals; spaced: coarse to fine, for --sampler=spaced"),
  grid: z.enum(timeGridNames).default("paper").describe("times of the teacher's steps"),
  dropout: z.number().min(0).lt(1).default(0.1).describe("residual dropout of the student"),
  teacherDropout: z.number().min(0).lt(1).default(0).describe("residual dropout of a null control's teacher"),
  decoders: z
    .int()
    .min(2)
    .max(4)
    .optional()
    .describe(
      "copies of the student's last block, one for each interval of a row's share of masks; default: as the teacher",
    ),
  selfConditioning: z
    .boolean()
    .default(false)
    .describe("the student is told what it said of its row in the step before"),
  sharedDropout: z.boolean().default(false).describe("a null control's teacher has the student's own dropout mask"),
  lr: z.number().positive().default(1e-3).describe("peak learning rate"),
  ...scheduleFlags,
  warmup: z.int().nonnegative().default(20).describe("updates of linear warm-up"),
  ...optimizerFlags,
  ema: z.number().min(0).lt(1).default(0.999).describe("decay of the student's moving average"),
  weights: z.enum(["raw", "ema"]).default("ema").describe("which of its weights are the student"),
  resetOptimizer: z.boolean().default(false).describe("begin each round with fresh Adam moments and a fresh EMA"),
  source: z
    .string()
    .optional()
    .describe("text: embedded, or a file or folder as `prepare` takes; default: what the teacher learned"),
  data: z
    .string()
    .optional()
    .describe("folder of the prepared text; default: the teacher's, or one in ROOT/data, known by its content"),
  checkpointEvery: z.int().positive().default(100).describe("updates between checkpoints"),
  seed: z.int().nonnegative().default(1).describe("seed of everything that is drawn"),
  evaluate: z.boolean().default(true).describe("evaluate each student afterwards"),
  steps: z
    .array(z.int().positive())
    .min(1)
    .optional()
    .describe("step counts of the evaluation; default: as eval:story"),
  samples: z.int().min(2).optional().describe("samples a cell of the evaluation; default: as eval:story"),
  judge: z.string().optional().describe("folder of the evaluation's judge; default: the embedded one"),
  evaluator: z
    .string()
    .optional()
    .describe("script that evaluates, as eval's command line does; default: that of @sdtt/eval"),
  ...engineFlags,
  ...productsFlag,
  root: z
    .string()
    .default(() => rootFolder())
    .describe("folder of runs, data and the store"),
  ...plannedSize,
  ...dryRunFlags,
});

export type RoundFlags = z.output<typeof roundOptions>;

const keys = Object.keys(roundOptions.shape);

/** A control's name is that of the run it stands beside, unless it is given one. */
function named(o: RoundFlags, given: ReadonlySet<string>): RoundFlags {
  const control = o.control ?? (o.substeps === 1 && given.has("substeps") ? "null" : undefined);
  if (control === undefined) return o;
  const name = given.has("name") ? o.name : `${o.beside ?? "default"}-${control}`;
  return { ...o, control, name };
}

/** What a control takes from the run that it stands beside. Throws   UserError where there is none of the name given */
function fromBeside(o: RoundFlags, given: ReadonlySet<string>): RoundFlags {
  if (o.control === undefined || (given.has("name") && o.beside === undefined)) return o;
  const beside = o.beside ?? "default";
  const facts = newestFacts(o.root, beside, 1);
  if (facts) {
    // A control has no objective, and asks no second network.
    const {
      name: _,
      control: __,
      substeps: ___,
      beside: ____,
      objective: _____,
      partner: ______,
      ...method
    } = facts.config;
    const experiment = { experiment: facts.config.experiment ?? beside };
    const isAsked = given.has("source") || given.has("data");
    const text = isAsked ? {} : learnedText({ ...facts });
    return recalled({ ...o, ...text, beside }, keys, given, { ...experiment, ...method });
  }
  if (o.beside === undefined) return o;
  const remedy = "Give the --name of a run that has been begun, or leave --beside out.";
  throw userError("round", `a control stands beside a run of ${o.root}/runs`, `${beside} (flag --beside)`, remedy);
}

function refuseOthers(o: RoundFlags, given: ReadonlySet<string>, began: CheckpointState): void {
  const isInRound = began.update < began.updates;
  const where = `round ${isInRound ? began.round : began.round + 1} of ${o.name}`;
  if (given.has("teacher") && o.teacher !== undefined) refuseOtherTeacher(where, began, o.teacher);
  if (given.has("source") && o.source !== undefined) refuseOtherSource(where, began, o.source);
  if (isInRound) refuseChanged(where, began.config, o);
  else refuseOtherMethod(where, began.config, o);
}

/**
 * The options with what the run was begun with in the place of defaults.
 *
 * Throws   UserError where a run is given another teacher, text or method than it was begun with
 */
export function recallRound(asked: RoundFlags, given: ReadonlySet<string>): RoundFlags {
  const o = named(asked, given);
  const began = newestFacts(o.root, o.name, 1);
  const own = began ? recalled(o, keys, given, began.config) : fromBeside(o, given);
  const substeps = own.control === "null" && !given.has("substeps") ? 1 : own.substeps;
  const all = { ...own, substeps, experiment: own.experiment ?? own.name };
  if (began) refuseOthers(all, given, began);
  return all;
}

/** Throws   UserError for a control whose substeps are not its own */
export function checkControl({ control, substeps }: RoundFlags): void {
  if (control !== "null" || substeps === 1) return;
  const got = `--substeps=${substeps} and --control=${control}`;
  throw userError("round", "the null control has one substep", got, "Leave --substeps out.");
}

/** Throws   UserError for a teacher's dropout where it is asked for none, or for a shared mask of two rates */
export function checkTeacherDropout({ control, dropout, teacherDropout: own, sharedDropout }: RoundFlags): void {
  if (own > 0 && control !== "null") {
    const got = `--teacher-dropout=${own} without --control=null`;
    throw userError("round", "only the null control's teacher may have dropout", got, "Leave it out.");
  }
  if (!sharedDropout || (own > 0 && own === dropout)) return;
  const got = `--dropout=${dropout} and --teacher-dropout=${own}`;
  throw userError("round", "a dropout mask is shared by two of one rate above 0", got, "Give both the same rate.");
}

/** Throws   UserError for options of one objective under another */
export function checkObjective({ objective, control, headChunk, partner, selfConditioning }: RoundFlags): void {
  if (selfConditioning && control === undefined && objectives[objective].noise) {
    const rule = "a student is told noise or what it said itself, not both";
    throw userError("round", rule, `--self-conditioning with --objective=${objective}`, "Leave one of them out.");
  }
  if (objective !== "sdtt" && control !== undefined) {
    const got = `--objective=${objective} and --control=${control}`;
    throw userError("round", "a control has no objective of its own", got, "Leave --objective out.");
  }
  if (partner !== undefined && objectives[objective].partner === undefined) {
    const got = `--partner=${partner} with --objective=${objective}`;
    throw userError("round", "only some objectives ask a second network", got, "Leave --partner out.");
  }
  if (!objectives[objective].wholeRows || headChunk === undefined) return;
  const remedy = "Leave it out, or give a smaller --microbatch.";
  throw userError(
    "round",
    `${objective}'s loss needs all logits of a row at once`,
    `--head-chunk=${headChunk}`,
    remedy,
  );
}
