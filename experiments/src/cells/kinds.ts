/**
 * @file The kinds of stages: the command that each is, and which of its options are not a definition's to give.
 */
import { resolve } from "node:path";
import { userError } from "@sdtt/core/base";
import { flagsOf, nearest } from "@sdtt/core/cli";
import { planningKeys } from "@sdtt/core/plan";
import { laterMethodOptions } from "@sdtt/core/store";
import { assetPath } from "@sdtt/core/workspace";
import { pretrain, round } from "@sdtt/distill/commands";
import { curve, lambada } from "@sdtt/eval/commands";
import type { z } from "zod";
import { askedFor, checkValues, commandOptions } from "../external/options.js";
import type { StageName } from "../spec/define.js";

/** A stage of a definition is one of these, but for its rounds, each of which is a stage of its own. */
export type StageKind = Exclude<StageName, "rounds"> | "round";
export type Options = Readonly<Record<string, unknown>>;

interface Kind {
  readonly program: "distill" | "eval" | "experiments";
  // biome-ignore lint/suspicious/noExplicitAny: commands of unlike schemas
  readonly command: { readonly options: z.ZodObject; rules?(options: any): void };
  /** Options that the runner gives. */
  readonly placed: readonly string[];
  /** What a definition may say besides the command's options. */
  readonly own: readonly string[];
}

const everywhere = ["name", "experiment", "root", "data", "threads", "dryRun", "gflops", "json"] as const;

export const kinds: Readonly<Record<StageKind, Kind>> = {
  pretrain: { program: "distill", command: pretrain, placed: everywhere, own: [] },
  command: { program: "experiments", command: { options: commandOptions }, placed: everywhere, own: [] },
  round: {
    program: "distill",
    command: round,
    own: ["count"],
    placed: [
      ...[...everywhere, "rounds", "until", "beside", "evaluate", "evaluator", "size"],
      ...["steps", "samples", "judge"],
    ],
  },
  curve: {
    program: "eval",
    command: curve,
    own: ["of", "checkpoint"],
    placed: [...everywhere, "checkpoint", "teacher", "tokenizer", "size"],
  },
  lambada: {
    program: "eval",
    command: lambada,
    placed: [...everywhere, "checkpoint", "tokenizer", "size"],
    own: ["of"],
  },
};

export const kindOf = (stage: StageName): StageKind => (stage === "rounds" ? "round" : stage);

/** Options that decide how and where a stage runs, not what it makes: they do not change what a stage is. */
const incidental: ReadonlySet<string> = new Set([
  ...[...everywhere, ...planningKeys, "engine", "keep", "size"],
  ...["reads", "cards", "minutes", "memoryMiB"],
]);
/** Pre-training's size is what it makes. */
const essential: Readonly<Record<StageKind, ReadonlySet<string>>> = {
  pretrain: new Set(["size"]),
  command: new Set(),
  round: new Set(),
  curve: new Set(["keep"]),
  lambada: new Set(),
};

/** Defaults that count for nothing, as stages were made before these were options. */
const addedLater: Options = { lossPrecision: "float32", ...laterMethodOptions };

/** What of a stage's options its key is made of; paths are not, what lies there is (`assets.ts`). */
export function contentOf(kind: StageKind, options: Options): Options {
  const counts = (key: string) => essential[kind].has(key) || !(incidental.has(key) || key in assetOptions[kind]);
  const kept = Object.entries(options).filter(([key, value]) => counts(key) && addedLater[key] !== value);
  return Object.fromEntries(kept);
}

/**
 * Resolves a stage's options: the command's defaults beneath, unknown keys and wrong values refused.
 *
 * Throws   UserError in the words of `where`, e.g. `spec a.experiment.ts, cell lr=0`
 */
export function resolveStage(where: string, stage: StageName, asked: Options): Options {
  const kind = kindOf(stage);
  const given = kind === "command" ? withValues(asked) : asked;
  const { command, placed, own } = kinds[kind];
  const known = Object.keys(command.options.shape).filter((key) => !placed.includes(key));
  for (const key of Object.keys(given)) {
    if (known.includes(key) || own.includes(key)) continue;
    const reserved = placed.includes(key);
    const guess = reserved ? undefined : nearest(key, [...known, ...own]);
    const remedy = reserved ? "Take it out; the sweep gives it." : guess ? `Did you mean ${guess}?` : "Take it out.";
    const rule = `${stage} must have options of its own command only`;
    throw userError(where, rule, `${stage}.${key}`, remedy);
  }
  const mine = Object.fromEntries(Object.entries(given).filter(([key]) => !own.includes(key)));
  const fixed = kind === "round" ? { evaluate: false } : kind === "curve" ? { teacher: "none" } : {};
  const result = command.options.safeParse({ ...mine, ...fixed });
  if (!result.success) {
    const issue = result.error.issues[0] as z.core.$ZodIssue;
    const name = issue.path.join(".");
    const rule = `${stage}.${name} must be valid (${issue.message})`;
    throw userError(where, rule, JSON.stringify(mine[String(issue.path[0])]), `See ${stage}'s --help.`);
  }
  if (kind === "command") checkValues(where, result.data as z.output<typeof commandOptions>);
  command.rules?.(result.data);
  return withFullPaths(kind, JSON.parse(JSON.stringify(result.data)));
}

/**
 * The options of a command, in which a value that an axis sets stands beside the others; a seed that the program does not
 * ask for would only make the same model again.
 */
function withValues({ seed, ...given }: Options): Options {
  const isKnown = (key: string) => key in commandOptions.shape;
  const known = Object.fromEntries(Object.entries(given).filter(([key]) => isKnown(key)));
  const values = Object.fromEntries(Object.entries(given).filter(([key]) => !isKnown(key)));
  const { run, environment } = commandOptions
    .pick({ run: true, environment: true })
    .catch({ run: [], environment: {} })
    .parse(known);
  const seeded = seed !== undefined && askedFor({ run, environment }).has("seed") ? { seed } : {};
  return { ...known, ...seeded, values: { ...(known.values as object | undefined), ...values } };
}

/** A stage may run elsewhere than where it was submitted. */
function withFullPaths(kind: StageKind, options: Options): Options {
  const full = Object.keys(assetOptions[kind]).flatMap((key) => {
    const value = options[key];
    return typeof value === "string" && !assetNames.has(value) ? [[key, resolve(value)]] : [];
  });
  return { ...options, ...Object.fromEntries(full) };
}

/** Options as flags, those that are undefined left out; what is given later wins. */
export function flagsFor(kind: StageKind, options: Options): string[] {
  return flagsOf(kinds[kind].command.options).flatMap(({ key, flag, repeats }) => {
    const value = options[key];
    if (value === undefined || value === null || key === "dryRun" || key === "json") return [];
    if (typeof value === "boolean") return [value ? `--${flag}` : `--no-${flag}`];
    if (repeats) return (value as unknown[]).map((one) => `--${flag}=${String(one)}`);
    return [`--${flag}=${Array.isArray(value) ? value.join(",") : String(value)}`];
  });
}

/** Options that name files or folders, with what stands for "the embedded one". */
export const assetOptions: Readonly<Record<StageKind, Readonly<Record<string, string | undefined>>>> = {
  pretrain: { init: undefined, source: undefined, tokenizer: undefined },
  command: { tokenizer: undefined },
  round: { teacher: assetPath("teacher"), source: undefined, partner: undefined },
  curve: { judge: assetPath("judge"), partner: undefined, datastore: undefined },
  lambada: { source: undefined, corpus: undefined },
};

/** Values of those options that are names and no paths. */
export const assetNames: ReadonlySet<string> = new Set(["embedded", "embedded:sotu", "last-word", "auto", "random"]);
