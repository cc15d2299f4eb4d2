/** @file What a puzzle study is made of: the puzzle, the network, its training, the rounds, and what is sampled. */
import { rootFolder } from "@sdtt/core/cli";
import { engineFlags } from "@sdtt/core/engine";
import { divergenceNames } from "@sdtt/distill/method";
import { z } from "zod";
import { puzzleNames } from "./squares.js";

export const options = z.object({
  puzzles: z.array(z.enum(puzzleNames)).min(1).default(puzzleNames).describe("which, as in latin3,sudoku4"),
  seeds: z.array(z.int().nonnegative()).min(1).default([1, 2, 3]).describe("seeds of teacher, rounds and samples"),
  width: z.int().positive().default(64).describe("width of the network"),
  blocks: z.int().positive().default(3).describe("its transformer blocks"),
  heads: z.int().positive().default(4).describe("its attention heads"),
  updates: z.int().positive().default(3000).describe("updates of a teacher, of 64 rows each"),
  lr: z.number().positive().default(4e-3).describe("peak learning rate of the teacher"),
  rounds: z.int().nonnegative().default(5).describe("rounds of SDTT"),
  roundUpdates: z.int().positive().default(500).describe("updates of a round"),
  roundLr: z.number().positive().default(1e-3).describe("peak learning rate of a round"),
  initialSteps: z.int().positive().default(32).describe("1/Δ of the first round; Δ doubles with each, to 1/2 at most"),
  divergence: z.enum(divergenceNames).default("reverse-kl").describe("what a student minimises"),
  objective: z
    .enum(["sdtt", "alpha", "coupling"])
    .default("sdtt")
    .describe("what a round learns; coupling: the rows, told the noise they are drawn with (needs --bins)"),
  alpha: z.number().positive().default(1).describe("k of AlphaDLM's loss"),
  bins: z.int().nonnegative().default(0).describe("parts of [0, 1) that noise is told by, as ids that the network has"),
  steps: z.array(z.int().positive()).min(1).default([1, 2, 4, 8, 16]).describe("step counts, as in 1,2,4"),
  samples: z.int().min(2).default(4096).describe("rows sampled a cell"),
  samplers: z.array(z.string()).min(1).default(["ancestral", "top-k"]).describe("samplers, as --sampler takes them"),
  ...engineFlags,
  root: z
    .string()
    .default(() => rootFolder("puzzle"))
    .describe("folder of runs and the store"),
  out: z.string().optional().describe("folder of the page and its pictures; default: ROOT"),
});

export type Options = z.output<typeof options>;
