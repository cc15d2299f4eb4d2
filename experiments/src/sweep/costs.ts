/**
 * @file What a stage will need, by the same estimates that `--dry-run` prints: memory and operations.
 */
import {
  ditPreset,
  gpt2Preset,
  inferenceMemory,
  type ModelConfig,
  type Plan,
  plannedModel,
  type ShapeChanges,
  totalFlops,
} from "@sdtt/core";
import { pretrainPlan, roundPlan } from "@sdtt/distill";
import { curvePlan, lambadaPlan } from "@sdtt/eval";
import type { Options, StageKind } from "./kinds.js";

export interface Cost {
  readonly flops: number;
  readonly memoryBytes: number;
}

type PretrainOptions = Parameters<typeof pretrainPlan>[1] & {
  readonly architecture: "denoiser" | "ar" | "judge";
  readonly size: Parameters<typeof ditPreset>[0];
  readonly vocab: number;
} & ShapeChanges;

/** The model that pre-training would make. */
export function pretrainedModel(options: Options): ModelConfig {
  const { architecture, size, vocab, blocks, width, heads, length } = options as unknown as PretrainOptions;
  const shape = { blocks, width, heads, length };
  if (architecture === "judge") return gpt2Preset(size, vocab, shape);
  return ditPreset(size, { ...shape, vocabSize: vocab + 1, causal: architecture === "ar" });
}

export interface CostContext {
  /** The teacher or evaluated model where it is on disk already. */
  readonly folder: string;
  /** Where it is pre-trained by the sweep itself. */
  readonly pretrained?: Options | undefined;
}

/** The options that a plan depends on; seeds, rates and divergences cost nothing. */
const costly = [
  ...["updates", "sequences", "microbatch", "substeps", "steps", "samples", "judge", "items", "times"],
  ...["size", "vocab", "architecture", "blocks", "width", "heads", "length"],
];

const remembered = new Map<string, Cost>();

/** What a stage needs, computed once for all stages that cost the same. */
export function costOf(kind: StageKind, options: Options, context: CostContext): Cost {
  const parts = (of: Options | undefined) => of && costly.map((name) => of[name] ?? null);
  const key = JSON.stringify([kind, parts(options), context.folder, parts(context.pretrained)]);
  const known = remembered.get(key);
  if (known) return known;
  const cost = computedCost(kind, options, context);
  remembered.set(key, cost);
  return cost;
}

/** One stage's cost; a model that the sweep itself will pre-train is scaled from the plan of one that is there. */
function computedCost(kind: StageKind, options: Options, { folder, pretrained }: CostContext): Cost {
  const plan = planOf(kind, options, folder);
  const cost = { flops: totalFlops(plan), memoryBytes: plan.memory.reduce((sum, { bytes }) => sum + bytes, 0) };
  if (!pretrained || kind === "pretrain") return cost;
  const ratio = sizeOf(pretrainedModel(pretrained)) / sizeOf(plannedModel(kind, folder, undefined).model);
  return { flops: cost.flops * ratio, memoryBytes: cost.memoryBytes * Math.max(1, ratio) };
}

function planOf(kind: StageKind, options: Options, folder: string): Plan {
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

/** Proportional to what a pass over one sequence costs. */
function sizeOf(model: ModelConfig): number {
  const weights = inferenceMemory(model, 1, 0)[0]?.bytes ?? 1;
  return weights * model.length;
}
