/**
 * @file What a definition may say: the schema that a spec's default export has to pass.
 *
 * Options of stages are only looked at as to where they belong; each command's own schema checks them per cell.
 */
import { type UserError, userError } from "@sdtt/core/base";
import { nearest } from "@sdtt/core/cli";
import { gainMetric, metricKind } from "@sdtt/core/statistics";
import { z } from "zod";
import { pathsOf } from "./axes.js";
import { type Axis, type Experiment, stageNames } from "./define.js";
import { limits, result, stopping } from "./judged.js";
import { slurmRequest } from "./slurm.js";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const value = z.union([scalar, z.array(z.union([z.string(), z.number()]))]);
const values = z.array(value).min(1, "must have values: give one or more");
const path = z
  .string()
  .regex(/^(pretrain|command|rounds|curve|lambada)\.\w+$/, "must be STAGE.OPTION, as in rounds.lr");
const positive = z.number().positive();

const draw = z.union([
  z.strictObject({ values }),
  z.strictObject({
    from: z.number(),
    to: z.number(),
    scale: z.enum(["linear", "log"]).optional(),
    whole: z.boolean().optional(),
  }),
]);

const axis: z.ZodType<Axis> = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("list"), path, values }),
    z.strictObject({ kind: z.literal("range"), path, from: z.number(), to: z.number(), step: positive }),
    z.strictObject({ kind: z.literal("log-range"), path, from: positive, to: positive, count: z.int().positive() }),
    z.strictObject({ kind: z.literal("zip"), axes: z.array(axis).min(1) }),
    z.strictObject({ kind: z.literal("grid"), axes: z.array(axis).min(1) }),
    z.strictObject({
      kind: z.literal("random"),
      draws: z.record(path, draw).refine((draws) => Object.keys(draws).length > 0, "must have values: name a path"),
      count: z.int().positive(),
      seed: z.int().nonnegative(),
    }),
    z.strictObject({ kind: z.literal("when"), where: z.record(path, z.union([value, z.array(value)])), axis }),
  ]),
);

const options = z.record(z.string(), z.unknown());

export const definitionSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must be lower-case letters, digits and dashes, 64 at most"),
  question: z.string().min(8, "must be a question in words"),
  stages: z.array(z.enum(stageNames)).min(1),
  base: z.strictObject(Object.fromEntries(stageNames.map((name) => [name, options.optional()]))).default({}),
  axes: z.array(axis).default([]),
  seeds: z.array(z.int().nonnegative()).min(1).default([1]),
  result,
  limits: limits.prefault({}),
  stopping: stopping.optional(),
});

export type Definition = z.output<typeof definitionSchema>;

/**
 * Checks a spec's default export.
 *
 * Throws   UserError naming the first thing that is wrong, with where it is
 */
export function checkDefinition(where: string, found: Experiment | unknown): Definition {
  const result = definitionSchema.safeParse(found);
  if (!result.success) throw refused(where, found, result.error.issues[0] as z.core.$ZodIssue);
  const definition = result.data;
  checkStages(where, definition);
  checkResult(where, definition);
  checkStopping(where, definition);
  checkPaths(where, definition);
  return definition;
}

/** The stage whose figures a result is one of. */
export const measuringStage = ({ metric }: Definition["result"]): "lambada" | "curve" =>
  /^(lambada|last-word)/.test(metric) ? "lambada" : "curve";

/** The teacher's temperatures beneath a student's gain, down to where students of several rounds come. */
export const controlTemperatures: readonly number[] = [1.05, 1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5];

/** Throws   UserError where a gain says too little, or another result says what only a gain has */
function checkResult(where: string, { stages, result }: Definition): void {
  const { metric, steps, temperatures } = result;
  if (metric === gainMetric) {
    const missing = steps === undefined ? "steps" : stages.includes("rounds") ? undefined : "the stage rounds";
    if (missing === undefined) return;
    throw userError(where, `the result ${metric} must be of a student at a step count`, `no ${missing}`, "Add it.");
  }
  if (temperatures === undefined) return;
  throw userError(where, `temperatures must be those of a ${gainMetric}`, metric, "Take them out.");
}

/** Throws   UserError where cells would be ended by what a temperature moves, or by what has no better way */
function checkStopping(where: string, { stopping, result: { metric } }: Definition): void {
  const { better, isMatched } = metricKind(metric);
  if (!stopping || (better !== null && (!isMatched || stopping.raw))) return;
  const remedy = `Name the result ${gainMetric} with its steps${isMatched ? ", or say stopping.raw: true" : ""}.`;
  const rule = isMatched ? "not rank by what a lower temperature lowers too" : "rank by what has a better way";
  throw userError(where, `stopping must ${rule}`, `the result ${metric}`, remedy);
}

function checkStages(where: string, { stages, stopping, result }: Definition): void {
  const twice = stages.find((stage, i) => stages.indexOf(stage) !== i);
  if (twice) throw userError(where, "stages must differ", `${twice} twice`, "Name each once.");
  if (stages.includes("pretrain") && stages.includes("command")) {
    throw userError(where, "one stage must make the first model", "pretrain and command", "Leave one of them out.");
  }
  const needed = stopping && !(stages.includes("rounds") && stages.includes("curve"));
  if (needed) {
    const remedy = "Add the stages rounds and curve, or leave stopping out.";
    throw userError(where, "stopping must see a curve after a round", `stages ${stages.join(", ")}`, remedy);
  }
  const measuring = measuringStage(result);
  if (stages.includes(measuring)) return;
  const rule = `the result ${result.metric} must be measured by the stage ${measuring}`;
  throw userError(where, rule, `stages ${stages.join(", ")}`, `Add ${measuring}, or name another result.`);
}

function checkPaths(where: string, { axes, stages }: Definition): void {
  const paths = axes.flatMap(pathsOf);
  const twice = paths.find((one, i) => paths.indexOf(one) !== i);
  if (twice) throw userError(where, "a path must be set by one axis", `${twice} in two`, "Use zip or when.");
  const unused = paths.find((one) => !stages.some((stage) => one.startsWith(`${stage}.`)));
  if (unused)
    throw userError(where, "an axis must be of a stage that runs", unused, "Add its stage, or drop the axis.");
}

function refused(where: string, found: unknown, issue: z.core.$ZodIssue): UserError {
  const at = issue.path.reduce<string>((text, part) => {
    return typeof part === "number" ? `${text}[${part}]` : `${text}${text ? "." : ""}${String(part)}`;
  }, "");
  const got = issue.path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown>)?.[part], found);
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const guess = nearest(key, knownKeys(issue.path));
    const remedy = guess ? `Did you mean ${guess}?` : "Take it out.";
    return userError(where, `${at || "the definition"} must have known keys only`, key, remedy);
  }
  const shown = got === undefined ? "nothing" : JSON.stringify(got);
  return userError(where, `${at || "the default export"} ${ruleOf(issue)}`, shown, "See experiments/README.md.");
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  const { shape } = definitionSchema;
  const [first, second] = path;
  if (second === "slurm") return Object.keys(slurmRequest.shape);
  if (first === undefined) return Object.keys(shape);
  if (first === "base") return [...stageNames];
  if (first === "limits") return Object.keys(limits.shape);
  return first === "result" ? Object.keys(result.shape) : [];
}

/** zod's own sentences begin with a capital; those of the schema above continue the option's name. */
function ruleOf({ message }: z.core.$ZodIssue): string {
  return /^[A-Z]/.test(message) ? `must be valid: ${message}` : message;
}
