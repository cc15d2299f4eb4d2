/** @file How often intervals of one kind hold the truth, by trials on made-up data. */
import { normalQuantile } from "@sdtt/core/statistics";
import { type Draws, drawsOf } from "./made.fixture.js";

export interface Coverage {
  readonly what: string;
  /** Per cent of the intervals that hold the truth; of families, per cent of tables without a false verdict. */
  readonly covered: number;
  readonly trials: number;
  /** Known to hold the truth more often than it says: asked for is only that it does so no less. */
  readonly isCareful?: boolean;
}

export type Ends = { readonly low: number; readonly high: number } | undefined;
export const holds = (ends: Ends, truth: number) => ends !== undefined && ends.low <= truth && truth <= ends.high;

/** Each trial gives whether each of its intervals held. */
export function covered(what: string, trials: number, trial: (draws: Draws) => readonly boolean[]): Coverage {
  const draws = drawsOf(what);
  const all = Array.from({ length: trials }, () => trial(draws)).flat();
  return { what, covered: (100 * all.filter(Boolean).length) / all.length, trials: all.length };
}

export const logFrom = ({ value, stderr }: { value: number; stderr: number }): Ends => {
  const half = normalQuantile() * stderr;
  return { low: value - half, high: value + half };
};
