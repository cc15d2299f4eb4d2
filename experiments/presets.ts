/**
 * @file What the studies of the paper have in common, at each size.
 *
 * A study changes axes only. At 169M the teacher and the judge are checkpoints that `core:import` made.
 */
import type { Experiment } from "@sdtt/experiments";

type Common = Pick<Experiment, "stages" | "base" | "result">;

/** Raw gen-PPL orders nothing: a temperature lowers it as well. */
const result = { metric: "gain-at-entropy", steps: 8 } as const;

/** The rounds that ship, and what the last of them is worth in few steps: some minutes a cell on two cores. */
const embedded: Common = {
  stages: ["rounds", "curve", "lambada"],
  base: {
    rounds: { count: 5 },
    curve: { steps: [4, 8, 16], samples: 128, of: ["teacher", "last-round"] },
    lambada: { of: ["teacher", "last-round"] },
  },
  result,
};

/** The paper's setting (arXiv 2410.21035v2, section 4): 7 rounds of 10 000 updates of 128 × 1024 tokens, lr 6e-5. */
export const published: Common = {
  stages: ["rounds", "curve", "lambada"],
  base: {
    rounds: {
      count: 7,
      teacher: ".sdtt/published/mdlm-owt",
      source: ".sdtt/published/openwebtext",
      ...{ updates: 10_000, sequences: 128, microbatch: 1, lr: 6e-5, schedule: "constant", warmup: 500 },
      ...{ initialSteps: 1024, ema: 0.9999, weights: "raw", checkpointEvery: 500 },
    },
    curve: {
      ...{ judge: ".sdtt/published/gpt2-large", samples: 1024, sequences: 8 },
      ...{ steps: [8, 16, 32, 64, 128, 1024], of: ["teacher", "each-round"] },
    },
    lambada: { source: ".sdtt/published/lambada_test.jsonl", of: ["teacher", "last-round"] },
  },
  result,
};

/** The common part of a study at a size that has a public teacher. */
export function study(size: string): Common {
  if (size === "embedded") return embedded;
  if (size === "169m") return published;
  throw new Error(
    `no teacher of ${size} is public: only embedded and 169m; see scaling.experiment.ts for training one`,
  );
}

/** The same with other options of the rounds beneath the axes. */
export function withRounds(common: Common, rounds: NonNullable<Experiment["base"]>["rounds"]): Common {
  return { ...common, base: { ...common.base, rounds: { ...common.base?.rounds, ...rounds } } };
}
