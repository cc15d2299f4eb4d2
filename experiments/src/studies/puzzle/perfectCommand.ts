/** @file `puzzle-samplers`: what samplers are worth on puzzles whose networks are right, as a table. */
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { loadSampler, parseSampler } from "@sdtt/core/sampler";
import { formatNumber } from "@sdtt/core/statistics";
import { z } from "zod";
import { oracleCells } from "./exact.js";
import { perfectPair, type SamplerCell, samplerCell } from "./perfect.js";
import { openPuzzle, type Puzzle, puzzleNames } from "./squares.js";

const usual = "ancestral,spaced,sliding:4,top-k,threshold,remdm-cap,energy:2,energy:8,speculative".split(",");

const options = z.object({
  puzzles: z.array(z.enum(puzzleNames)).min(1).default(puzzleNames).describe("which, as in latin3,sudoku4"),
  samplers: z
    .array(z.string())
    .min(1)
    .default(usual)
    .describe("samplers, as --sampler takes them; a causal partner is the law's own"),
  steps: z
    .array(z.int().positive())
    .min(1)
    .optional()
    .describe("step counts; default: an eighth and a quarter of the cells"),
  samples: z.int().min(2).default(4096).describe("rows sampled a cell and seed"),
  seeds: z.array(z.int().nonnegative()).min(1).default([1, 2, 3]).describe("seeds of the samples, as in 1,2,3"),
});

/** An eighth and a quarter of the cells, rounded. */
const usualSteps = ({ length }: Puzzle): number[] => [8, 4].map((part) => Math.round(length / part));

const percent = (share: number): string => (100 * share).toFixed(2);

function line(puzzle: Puzzle, cell: SamplerCell, ancestral: number): string[] {
  const { sampler, numSteps, validity, coverage, missing, nfe, partnerPasses } = cell;
  const { mean, low, high } = validity;
  return [
    ...[puzzle.name, String(numSteps), sampler, `${percent(mean)} [${percent(low)}, ${percent(high)}]`],
    ...[formatNumber(mean / ancestral), mean === 0 ? "–" : formatNumber(coverage)],
    ...[mean === 0 ? "–" : formatNumber(missing), formatNumber(nfe), formatNumber(partnerPasses)],
  ];
}

const head = [
  ...["puzzle", "steps", "sampler", "valid rows, % [95 %]", "÷ ancestral, exactly", "solutions ÷ even draws'"],
  ...["nats short of ln N", "NFE", "partner's passes"],
];

export const puzzleSamplers = defineCommand({
  name: "puzzle-samplers",
  summary:
    "what samplers are worth on puzzles whose networks are right: valid rows and variety at few steps, no training",
  options,
  async run({ puzzles, samplers, steps, samples, seeds }) {
    for (const name of samplers) await loadSampler(name);
    const lines: string[][] = [];
    for (const puzzle of puzzles.map(openPuzzle)) {
      const pair = perfectPair(puzzle);
      const counts = steps ?? usualSteps(puzzle);
      const exact = await oracleCells(puzzle, counts);
      for (const [i, numSteps] of counts.entries()) {
        const { validity } = exact[i] as (typeof exact)[number];
        lines.push([puzzle.name, String(numSteps), "ancestral, exactly", percent(validity), "1", ...Array(4).fill("")]);
        for (const name of samplers.map((one) => parseSampler(one).written)) {
          lines.push(line(puzzle, await samplerCell(puzzle, pair, name, numSteps, { samples, seeds }), validity));
        }
      }
      pair.dispose();
    }
    process.stdout.write(
      `${alignTable([head, ...lines])}\n(${samples} rows a cell and seed; seeds ${seeds.join(", ")}, intervals over all rows)\n`,
    );
  },
});
