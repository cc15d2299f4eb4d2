/**
 * @file The stages of one cell: pre-training, then its rounds one after another, then what is evaluated of them.
 *
 * Each round is a stage of its own, so that cells with the same first rounds share those, and early stopping can look
 * between two. The rounds of one run share a folder, because a round begins with the whole state of the one before.
 */

import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { userError } from "@sdtt/core/base";
import type { WeightsChoice, WeightsKind } from "@sdtt/core/checkpoint";
import { gainMetric } from "@sdtt/core/statistics";
import { isEvaluation } from "@sdtt/core/store";
import { assetPath, assetsFolder } from "@sdtt/core/workspace";
import type { z } from "zod";
import type { commandOptions } from "../external/options.js";
import type { StageName, Subject } from "../spec/define.js";
import { controlTemperatures, type Definition, measuringStage } from "../spec/definition.js";
import { assetsOf, hashOfAsset, sourceLearnedBy, tokenizerHashOf, weightsOf } from "./assets.js";
import { costOf, type PlannedOf, type Planning, pretrainedModel, studentPlanned } from "./costs.js";
import type { FrozenStage, Source } from "./frozen.js";
import { identityOf } from "./identity.js";
import { contentOf, type Options, resolveStage } from "./kinds.js";

export interface CellStages {
  readonly stages: readonly FrozenStage[];
  readonly result: string | undefined;
  readonly byRound: Readonly<Record<number, string>>;
  /** Keys of the teacher's evaluations that a gain is read off. */
  readonly control: readonly string[];
}

type Given = Partial<Record<StageName, Options>>;

interface Context {
  readonly where: string;
  readonly given: Given;
  readonly resolved: Given;
  /** The model that is evaluated, where the definition names one. */
  readonly evaluated: string | undefined;
  readonly planning?: Planning | undefined;
}

interface Model {
  readonly source: Source;
  readonly round: number;
  readonly weights: WeightsKind;
  /** Key of the stage that makes it, or the hash of what is there. */
  readonly identity: string;
  readonly needs: readonly string[];
}

/** Throws   UserError when options, assets or their combination cannot be run */
export function stagesOfCell(where: string, definition: Definition, given: Given, planning?: Planning): CellStages {
  const named = definition.stages.map((stage) => [stage, resolveStage(where, stage, given[stage] ?? {})] as const);
  const evaluated = evaluatedFolder(where, definition, given);
  const resolved = withCorpus(withText(where, Object.fromEntries(named)), evaluated);
  const context: Context = { where, given, resolved, evaluated, planning };
  const pretrain = firstStage(context);
  const teacher = teacherOf(context, pretrain);
  const rounds = context.resolved.rounds ? roundStages(context, context.resolved.rounds, teacher, pretrain) : [];
  const models = [teacher, ...rounds.map((stage) => studentOf(context, stage))];
  const usual: Subject = definition.stopping ? "each-round" : rounds.length > 0 ? "last-round" : "teacher";
  const subjects = (stage: "curve" | "lambada") => chosen(where, stage, given[stage]?.of ?? [usual], models);
  const evaluationsBy = (stage: "curve" | "lambada") =>
    context.resolved[stage]
      ? evaluations(context, stage, subjects(stage), [...(pretrain ? [pretrain] : []), ...rounds])
      : [];
  const [curves, words] = [evaluationsBy("curve"), evaluationsBy("lambada")];
  const measured = measuringStage(definition.result) === "lambada" ? words : curves;
  const byRound = Object.fromEntries(measured.map((stage) => [stage.round, stage.key]));
  const training = pretrain ? [pretrain] : [];
  const control = controlStages(context, definition, teacher, training, curves);
  const stages = [...training, ...rounds, ...curves, ...control, ...words];
  const distinct = [...new Map(stages.map((stage) => [stage.key, stage])).values()];
  const result = byRound[rounds.length];
  return { stages: ordered(distinct), result, byRound, control: control.map(({ key }) => key) };
}

/** The teacher at each temperature of a gain, at its step count alone; at 1 that of the curve, where one is drawn. */
function controlStages(
  context: Context,
  { result }: Definition,
  teacher: Model,
  training: readonly FrozenStage[],
  curves: readonly FrozenStage[],
): FrozenStage[] {
  const { curve } = context.resolved;
  if (result.metric !== gainMetric || !curve) return [];
  const steps = [result.steps as number];
  if (!(curve.steps as readonly number[]).includes(result.steps as number)) {
    const got = `curve.steps of ${String(curve.steps)}`;
    throw userError(context.where, `the curve must have the result's ${result.steps} steps`, got, "Add them to curve.");
  }
  const drawn = curves.find(({ round }) => round === teacher.round);
  return (result.temperatures ?? controlTemperatures).flatMap((temperature) => {
    if (temperature === curve.temperature && drawn) return [drawn];
    return evaluations(context, "curve", [teacher], training, { steps, temperature });
  });
}

/** Rounds learn what is said, else what their teacher learned. Throws   UserError where a program makes the teacher */
function withText(where: string, resolved: Given): Given {
  const { pretrain, command, rounds } = resolved;
  if (!rounds || rounds.source !== undefined) return resolved;
  if (command) {
    const got = "none, and a teacher that the stage command makes";
    throw userError(where, "rounds.source must say which text they learn", got, "Give a path, or embedded.");
  }
  const source = pretrain ? pretrain.source : sourceLearnedBy(teacherIn(rounds));
  return source === undefined ? resolved : { ...resolved, rounds: { ...rounds, source } };
}

const teacherIn = (rounds: Options | undefined, evaluated?: string): string =>
  (rounds?.teacher as string | undefined) ?? evaluated ?? assetPath("teacher");

/** The folder of what a curve is of. Throws   UserError where the definition trains what is evaluated */
function evaluatedFolder(where: string, { stages }: Definition, { curve }: Given): string | undefined {
  const named = curve?.checkpoint as string | undefined;
  if (named === undefined) return undefined;
  const trains = stages.find((stage) => stage !== "curve" && stage !== "lambada");
  if (trains) {
    const rule = "curve.checkpoint must be of a definition that trains nothing";
    throw userError(where, rule, `the stage ${trains}`, "Leave one of them out.");
  }
  return /^(teacher|round-\d+)$/.test(named) ? join(assetsFolder, named) : resolve(named);
}

/** Evaluations read what the cell's models learned, unless they are told otherwise: a stage is known by what it reads. */
function withCorpus(resolved: Given, evaluated: string | undefined): Given {
  const { pretrain, rounds } = resolved;
  const learned = rounds?.source ?? pretrain?.source ?? sourceLearnedBy(teacherIn(rounds, evaluated)) ?? "none";
  const told = (options: Options | undefined, corpus: unknown) =>
    options && { ...options, corpus: options.corpus === "auto" ? corpus : options.corpus };
  const { curve, lambada } = resolved;
  return {
    ...resolved,
    ...(curve && { curve: told(curve, learned) as Options }),
    ...(lambada && { lambada: told(lambada, learned === "none" ? "embedded" : learned) as Options }),
  };
}

/** A round's evaluation before the next round, so that early stopping can look at it. */
function ordered(stages: readonly FrozenStage[]): FrozenStage[] {
  return [...stages].sort((a, b) => a.round - b.round || Number(isEvaluation(a.kind)) - Number(isEvaluation(b.kind)));
}

/** The stage that makes the first model, where one does. */
function firstStage(context: Context): FrozenStage | undefined {
  const { pretrain, command } = context.resolved;
  if (pretrain) return pretrainStage(context, pretrain);
  return command && commandStage(context, command);
}

/** A program is known by its words and by the content of what it reads: files among its arguments are read. */
function commandStage({ where, planning }: Context, options: Options): FrozenStage {
  const { run, reads, memoryMiB = 0 } = options as z.output<typeof commandOptions>;
  const files = run.filter((text) => statSync(text, { throwIfNoEntry: false })?.isFile());
  const read = [...files, ...reads].map((path) => {
    if (existsSync(path) || !planning?.missing) return hashOfAsset(where, "command.reads", path);
    planning.missing.add(path);
    return path;
  });
  const assets = { ...assetsOf(where, "command", options, { missing: planning?.missing }), read: read.join(" ") };
  const key = identityOf("command", contentOf("command", options), assets);
  const cost = { flops: 0, memoryBytes: (memoryMiB as number) * 2 ** 20 };
  return {
    key,
    kind: "command",
    options,
    needs: [],
    run: key,
    name: `command-${key.slice(0, 12)}`,
    round: 0,
    assets,
    cost,
  };
}

function pretrainStage({ where, planning }: Context, options: Options): FrozenStage {
  const assets = assetsOf(where, "pretrain", options, { missing: planning?.missing });
  const key = identityOf("pretrain", contentOf("pretrain", options), assets);
  const cost = costOf("pretrain", options);
  const data = `pretrain-${identityOf(assets, options.vocab).slice(0, 12)}`;
  const name = `pretrain-${key.slice(0, 12)}`;
  return { key, kind: "pretrain", options, needs: [], run: key, name, round: 0, data, assets, cost };
}

function teacherOf({ where, resolved, given, evaluated, planning }: Context, pretrain: FrozenStage | undefined): Model {
  if (pretrain) {
    if (given.rounds?.teacher !== undefined) {
      const got = `both rounds.teacher and the stage ${pretrain.kind}`;
      throw userError(where, "rounds must have one teacher", got, "Leave one of them out.");
    }
    const { key, run, name, kind } = pretrain;
    // Published layouts have no moving average beside the weights.
    const weights = kind === "command" ? "raw" : "ema";
    return { source: { stage: key, run, name, round: 0 }, round: 0, weights, identity: key, needs: [key] };
  }
  const folder = teacherIn(resolved.rounds, evaluated);
  const { teacher } = assetsOf(where, "round", { teacher: folder }, { missing: planning?.missing });
  return { source: { folder }, round: 0, weights: weightsOf(folder), identity: String(teacher), needs: [] };
}

/** The sizes of a cell's models, which are all alike: of its teacher, there or pre-trained. */
function modelOf({ resolved, evaluated, planning }: Context, pretrain: FrozenStage | undefined): PlannedOf {
  if (pretrain?.kind === "command") return { folder: pretrain.name, size: pretrain.options.size as PlannedOf["size"] };
  if (pretrain) return { folder: pretrain.name, size: pretrainedModel(pretrain.options) };
  return { folder: teacherIn(resolved.rounds, evaluated), size: planning?.size };
}

function roundStages(context: Context, options: Options, teacher: Model, pretrain?: FrozenStage): FrozenStage[] {
  const count = context.given.rounds?.count ?? 1;
  if (!Number.isInteger(count) || (count as number) < 1) {
    throw userError(context.where, "rounds.count must be a positive whole number", count, "Give one or more.");
  }
  const assets = assetsOf(context.where, "round", options, { skip: ["teacher"], missing: context.planning?.missing });
  // A teacher of the sweep's own once taught by its raw weights: rounds of then are others.
  const taughtBy = pretrain ? `${teacher.identity} ${teacher.weights}` : teacher.identity;
  const run = identityOf("rounds", contentOf("round", options), assets, taughtBy);
  const model = modelOf(context, pretrain);
  const cost = costOf("round", options, model);
  const text = pretrain?.options.source === options.source ? pretrain?.data : undefined;
  const tokenizer = pretrain ? (pretrain.data ?? pretrain.key) : tokenizerHashOf(model.folder);
  const data = text ?? `round-${identityOf(assets.source, tokenizer).slice(0, 12)}`;
  const common = { kind: "round", options, run, name: `rounds-${run.slice(0, 12)}`, data, assets, cost } as const;
  const stages: FrozenStage[] = [];
  for (let round = 1; round <= (count as number); round++) {
    const before = stages.at(-1)?.key;
    const needs = before ? [before] : teacher.needs;
    stages.push({ ...common, key: identityOf("round", run, round), needs, round, from: teacher.source });
  }
  return stages;
}

function studentOf({ resolved }: Context, { key, run, name, round }: FrozenStage): Model {
  const weights = resolved.rounds?.weights as WeightsKind;
  return { source: { stage: key, run, name, round }, round, weights, identity: key, needs: [key] };
}

/** The models that a definition's `of` names. */
function chosen(where: string, stage: string, of: unknown, models: readonly Model[]): Model[] {
  const last = models.length - 1;
  const asked = of as readonly Subject[];
  const all: Record<Subject, (model: Model) => boolean> = {
    teacher: ({ round }) => round === 0,
    "each-round": ({ round }) => round > 0,
    "last-round": ({ round }) => round > 0 && round === last,
  };
  const unknown = Array.isArray(asked) ? asked.find((name) => !(name in all)) : "no list";
  if (unknown !== undefined || asked.length === 0) {
    const rule = `${stage}.of must be a list of ${Object.keys(all).join(", ")}`;
    throw userError(where, rule, JSON.stringify(of), "Mend it there.");
  }
  return models.filter((model) => asked.some((name) => all[name](model)));
}

function evaluations(
  context: Context,
  stage: "curve" | "lambada",
  models: readonly Model[],
  training: readonly FrozenStage[],
  other: Options = {},
): FrozenStage[] {
  const pretrain = training.find(({ kind }) => kind !== "round");
  const kind = stage;
  const options = { ...(context.resolved[stage] as Options), ...other };
  const assets = assetsOf(context.where, kind, options, { missing: context.planning?.missing });
  const teacher = modelOf(context, pretrain);
  const given = context.given[stage]?.weights as WeightsChoice | undefined;
  const asked = given === "student" ? undefined : given;
  return models.map(({ source, round, weights: usual, identity, needs }) => {
    const weights = asked ?? usual;
    const key = identityOf(kind, { ...contentOf(kind, options), weights }, assets, identity);
    const made = { key, kind, options, needs, run: key, name: `${kind}-${key.slice(0, 12)}`, round, from: source };
    const data = training.find(({ key }) => key === identity)?.data;
    // A student may be larger than its teacher.
    const model = round === 0 ? teacher : studentPlanned(teacher, context.resolved.rounds as Options, made.name);
    return { ...made, weights, assets, cost: costOf(kind, options, model), ...(data && { data }) };
  });
}
