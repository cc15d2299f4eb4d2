/**
 * @file What K ancestral steps make of a puzzle, exactly: the perfect teacher's law of 16 cells, and any model's of 9.
 *
 * The perfect teacher knows no ignorance: what it misses is what drawing tokens apart costs, and nothing else. A model's
 * own error is the rest.
 */
import type { Denoiser } from "@sdtt/core/sampler";
import { rowChances, rowConditionals } from "../exactLaw.js";
import { oracle } from "../world.js";
import { orbitsOf, type Puzzle } from "./squares.js";

export interface ExactCell {
  readonly numSteps: number;
  /** The chance of a row that solves the puzzle. */
  readonly validity: number;
  /** Of the law of valid rows, nats. */
  readonly entropy: number;
  /** Total variation from the even law of all solutions. */
  readonly distance: number;
}

/** From the chance of each row after each step count. */
function cellsOf(puzzle: Puzzle, counts: readonly number[], chances: readonly (readonly number[])[]): ExactCell[] {
  return counts.map((numSteps, k) => {
    const law = chances.map((row) => row[k] as number);
    const validity = law.reduce((sum, p) => sum + p, 0);
    const entropy = law.reduce((sum, p) => (p > 0 ? sum - (p / validity) * Math.log(p / validity) : sum), 0);
    const apart = law.reduce((sum, p, i) => sum + Math.abs(p - (puzzle.probabilities[i] as number)), 0);
    return { numSteps, validity, entropy, distance: (apart + 1 - validity) / 2 };
  });
}

/** The perfect teacher's: one row of each orbit stands for all of it. */
export async function oracleCells(puzzle: Puzzle, counts: readonly number[]): Promise<ExactCell[]> {
  const teacher = oracle(puzzle);
  const chances = new Array<readonly number[]>(puzzle.rows.length);
  for (const orbit of orbitsOf(puzzle)) {
    const p = await rowConditionals(teacher, puzzle.rows[orbit[0] as number] as Uint8Array);
    const own = rowChances(p, puzzle.length, counts);
    for (const member of orbit) chances[member] = own;
  }
  return cellsOf(puzzle, counts, chances);
}

/**
 * The most that any model can be valid by after `counts` ancestral steps if its first one is even, as the law's symmetry has it:
 * the chance that what the first step draws is part of a solution at all. What follows may be perfect.
 */
export function evenFirstStepBound({ rows, length, tokens }: Puzzle, counts: readonly number[]): number[] {
  const extendable = new Float64Array(length + 1);
  for (let set = 0; set < 2 ** length; set++) {
    const places = Array.from({ length }, (_, i) => i).filter((i) => (set >> i) & 1);
    const parts = new Set(rows.map((row) => places.reduce((key, i) => key * tokens + (row[i] as number), 0)));
    extendable[places.length] = (extendable[places.length] as number) + parts.size / tokens ** places.length;
  }
  return counts.map((numSteps) => {
    const reveal = 1 / numSteps;
    return extendable.reduce((sum, all, size) => sum + all * reveal ** size * (1 - reveal) ** (length - size), 0);
  });
}

/** Rows of up to this many tokens: 2^9 questions a row and 3^9 moves a step. */
const mostEnumerated = 9;
export const isEnumerated = ({ length }: Puzzle): boolean => length <= mostEnumerated;

/** Any model's, row by row; of a puzzle that `isEnumerated`. */
export async function modelCells(puzzle: Puzzle, model: Denoiser, counts: readonly number[]): Promise<ExactCell[]> {
  const chances: number[][] = [];
  for (const row of puzzle.rows) {
    chances.push(rowChances(await rowConditionals(model, row), puzzle.length, counts));
  }
  return cellsOf(puzzle, counts, chances);
}
