/**
 * The paper distils up to 860M parameters. No teacher above 169M is public, so each size trains its own; at the embedded
 * size three shapes around the embedded one (1.4M, 4.3M and 13M parameters) do, on the same updates.
 */
import { defineExperiment, type Experiment, list, zip } from "@sdtt/experiments";
import { published, withRounds } from "./presets.js";

const question = "Does a larger teacher gain more from the same rounds, and does its student need fewer steps?";
const stages = ["pretrain", "rounds", "curve"] as const;
const result = { metric: "gain-at-entropy", steps: 8 } as const;

const embedded: Omit<Experiment, "name"> = {
  ...{ question, stages, result },
  base: {
    pretrain: { updates: 5000 },
    rounds: { count: 4 },
    curve: { steps: [4, 8, 16, 32, 64, 128], of: ["teacher", "each-round"] },
  },
  axes: [
    zip(list("pretrain.width", [128, 256, 384]), list("pretrain.blocks", [4, 4, 6]), list("pretrain.heads", [2, 4, 6])),
  ],
  seeds: [1, 2, 3],
};

/** MDLM's recipe (arXiv 2406.07524): 1M updates of 512 × 1024 tokens at lr 3e-4. */
const large: Omit<Experiment, "name"> = {
  ...{ question, stages, result },
  base: {
    ...withRounds(published, { teacher: undefined }).base,
    pretrain: {
      ...{ source: ".sdtt/published/openwebtext", tokenizer: ".sdtt/published/gpt2-tokenizer.json", vocab: 50_257 },
      ...{ updates: 1_000_000, sequences: 512, microbatch: 1, lr: 3e-4, schedule: "constant", warmup: 2500 },
      ...{ easyUpdates: 0, ema: 0.9999, checkpointEvery: 1000 },
    },
  },
  axes: [list("pretrain.size", ["169m", "424m", "863m"])],
  seeds: [1],
};

export default defineExperiment(({ size }) => ({
  ...(size === "embedded" ? embedded : large),
  name: `scaling-${size}`,
}));
