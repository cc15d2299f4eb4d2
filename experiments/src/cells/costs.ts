/**
 * @file What a stage will need, by the same estimates that `--dry-run` prints: memory and operations.
 */
import { ditPreset, gpt2Preset, type ModelConfig, type PresetName, type ShapeChanges } from "@sdtt/core/model";
import { type Plan, type PlannedSize, plannedModel, totalFlops } from "@sdtt/core/plan";
import { plannedStudent, pretrainPlan, roundPlan } from "@sdtt/distill/commands";
import { curvePlan, lambadaPlan } from "@sdtt/eval/commands";
import type { Options, StageKind } from "./kinds.js";

export interface Cost {
  readonly flops: number;
  readonly memoryBytes: number;
}

type PretrainOptions = Parameters<typeof pretrainPlan>[1] & {
  readonly architecture: "denoiser" | "ar" | "judge";
  readonly size: Parameters<typeof ditPreset>[0];
  readonly vocab: number;
  readonly selfConditioning?: boolean;
} & ShapeChanges;

/** The model that pre-training would make. */
export function pretrainedModel(options: Options): ModelConfig {
  const { architecture, size, vocab, blocks, width, heads, length, selfConditioning } =
    options as unknown as PretrainOptions;
  const shape = { blocks, width, heads, length };
  const told = selfConditioning !== undefined && { selfConditioning };
  if (architecture === "judge") return gpt2Preset(size, vocab, shape);
  return ditPreset(size, { ...shape, vocabSize: vocab + 1, causal: architecture === "ar", ...told });
}

/** A plan for what is not there yet. */
export interface Planning {
  /** Of models whose checkpoints are not there. */
  readonly size: PresetName;
  /** Takes the paths of assets that are not there. */
  readonly missing: Set<string>;
}

/** The model that a stage runs. */
export interface PlannedOf {
  /** Its checkpoint, or its teacher's. */
  readonly folder: string;
  /** What it is where that is not there: it will be pre-trained, or the plan is for a size. */
  readonly size?: PlannedSize | undefined;
}

/** What `rounds` make of a teacher, by the name of the stage that makes it. */
export function studentPlanned({ folder, size }: PlannedOf, rounds: Options, stage: string): PlannedOf {
  const teacher = plannedModel("rounds", folder, size).model;
  return { folder: stage, size: plannedStudent(teacher, rounds as Parameters<typeof plannedStudent>[1]) };
}

/** The options that a plan depends on; seeds, rates and divergences cost nothing. */
const costly = [
  ...[
    "updates",
    "sequences",
    "microbatch",
    "substeps",
    "objective",
    "commitSteps",
    "parts",
    "selfConditioning",
    "decoders",
    "control",
    "partner",
    "steps",
    "samples",
    "sampler",
    "judge",
    "items",
    "times",
  ],
  ...["size", "vocab", "architecture", "blocks", "width", "heads", "length"],
];

const remembered = new Map<string, Cost>();

/** What a stage needs, computed once for all stages that cost the same. */
export function costOf(
  kind: Exclude<StageKind, "command">,
  options: Options,
  { folder, size }: PlannedOf = { folder: "" },
): Cost {
  const key = JSON.stringify([kind, costly.map((name) => options[name] ?? null), folder, size ?? null]);
  const known = remembered.get(key);
  if (known) return known;
  const plan = planOf(kind, kind === "pretrain" ? options : { ...options, size }, folder);
  const cost = { flops: totalFlops(plan), memoryBytes: plan.memory.reduce((sum, { bytes }) => sum + bytes, 0) };
  remembered.set(key, cost);
  return cost;
}

function planOf(kind: Exclude<StageKind, "command">, options: Options, folder: string): Plan {
  switch (kind) {
    case "pretrain":
      return pretrainPlan(pretrainedModel(options), options as unknown as PretrainOptions);
    case "round":
      return roundPlan(folder, { ...(options as unknown as Parameters<typeof roundPlan>[1]), rounds: 1 });
    case "curve":
      return curvePlan({ ...(options as unknown as Parameters<typeof curvePlan>[0]), checkpoint: folder });
    case "lambada":
      return lambadaPlan({ ...(options as unknown as Parameters<typeof lambadaPlan>[0]), checkpoint: folder });
    default:
      return kind satisfies never;
  }
}
