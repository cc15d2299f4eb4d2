/**
 * @file A tabular denoiser: one categorical for each masked position of each state, all free of each other.
 *
 * It can represent any targets, so what a round leaves undone here is the method's doing and not a network's.
 */
import type { Joint } from "./joints.js";
import { digitsOf, maskedOf, type Space, stateOf } from "./space.js";

export interface Table {
  readonly space: Space;
  /** p(x_i = v | state); only masked positions mean something. [states · L · C] */
  readonly p: Float64Array;
}

/** Where the categorical of (state, i) begins in `p`. */
export const rowOf = ({ length, tokens }: Space, state: number, i: number): number => (state * length + i) * tokens;

export function emptyTable(space: Space): Table {
  return { space, p: new Float64Array(space.states * space.length * space.tokens) };
}

/** Makes every categorical of `table` sum to one, in place. */
export function normalise({ space, p }: Table): void {
  for (let row = 0; row < p.length; row += space.tokens) {
    const values = p.subarray(row, row + space.tokens);
    const total = values.reduce((sum, value) => sum + value, 0);
    if (total > 0) values.set(values.map((value) => value / total));
  }
}

/** The perfect teacher: p(x_i | revealed tokens), exactly. */
export function exactTeacher({ space, probabilities }: Joint): Table {
  const { length, tokens } = space;
  const table = emptyTable(space);
  for (const [index, sequence] of space.sequences.entries()) {
    const x = digitsOf(space, sequence);
    for (let mask = 0; mask < 2 ** length; mask++) {
      const state = stateOf(
        space,
        x.map((v, i) => ((mask >> i) & 1 ? tokens : v)),
      );
      for (const i of maskedOf(space, state)) {
        const at = rowOf(space, state, i) + (x[i] as number);
        table.p[at] = (table.p[at] as number) + (probabilities[index] as number);
      }
    }
  }
  normalise(table);
  return table;
}

/** Every categorical raised to 1/τ. */
export function withTemperature({ space, p }: Table, temperature: number): Table {
  const table = { space, p: p.map((value) => (value > 0 ? value ** (1 / temperature) : 0)) };
  normalise(table);
  return table;
}
