/**
 * @file The law of K ancestral steps of a tabular denoiser, exactly: no sampling anywhere.
 */
import { unmaskProbability } from "@sdtt/core/diffusion";
import { digitsOf, maskedOf, type Space } from "./space.js";
import { rowOf, type Table } from "./table.js";

/** A way to go on from a state: where to, how many tokens that reveals, and the probability of just these tokens. */
export interface Move {
  readonly to: number;
  readonly revealed: number;
  readonly tokens: number;
}

/** All moves from `state`, the one that reveals nothing included; which positions are revealed is not in `tokens`. */
export function movesFrom({ space, p }: Table, state: number): Move[] {
  const digits = digitsOf(space, state);
  let moves: Move[] = [{ to: 0, revealed: 0, tokens: 1 }];
  for (let i = 0; i < space.length; i++) {
    const digit = digits[i] as number;
    const on = (move: Move, v: number) => move.to * (space.tokens + 1) + v;
    if (digit !== space.tokens) {
      moves = moves.map((move) => ({ ...move, to: on(move, digit) }));
      continue;
    }
    const row = rowOf(space, state, i);
    moves = moves.flatMap((move) => [
      { ...move, to: on(move, digit) },
      ...Array.from({ length: space.tokens }, (_, v) => ({
        to: on(move, v),
        revealed: move.revealed + 1,
        tokens: move.tokens * (p[row + v] as number),
      })),
    ]);
  }
  return moves;
}

interface Moves {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly revealed: Uint8Array;
  /** Masks left in `to`. */
  readonly left: Uint8Array;
  readonly tokens: Float64Array;
}

function allMoves(table: Table): Moves {
  const { space } = table;
  const rows: [number, Move, number][] = [];
  for (let state = 0; state < space.states; state++) {
    const masked = maskedOf(space, state).length;
    for (const move of movesFrom(table, state)) rows.push([state, move, masked - move.revealed]);
  }
  return {
    from: Int32Array.from(rows, ([from]) => from),
    to: Int32Array.from(rows, ([, { to }]) => to),
    revealed: Uint8Array.from(rows, ([, { revealed }]) => revealed),
    left: Uint8Array.from(rows, ([, , left]) => left),
    tokens: Float64Array.from(rows, ([, { tokens }]) => tokens),
  };
}

function lawAfter(space: Space, moves: Moves, numSteps: number): number[] {
  let law = new Float64Array(space.states);
  law[space.start] = 1;
  const powers = (base: number) => Float64Array.from({ length: space.length + 1 }, (_, n) => base ** n);
  for (let step = 1; step <= numSteps; step++) {
    const reveal = unmaskProbability((numSteps - step) / numSteps, (numSteps - step + 1) / numSteps);
    const [shown, kept] = [powers(reveal), powers(1 - reveal)];
    const after = new Float64Array(space.states);
    for (let m = 0; m < moves.from.length; m++) {
      const mass = law[moves.from[m] as number] as number;
      if (mass === 0) continue;
      const pattern = (shown[moves.revealed[m] as number] as number) * (kept[moves.left[m] as number] as number);
      const to = moves.to[m] as number;
      after[to] = (after[to] as number) + mass * pattern * (moves.tokens[m] as number);
    }
    law = after;
  }
  return space.sequences.map((state) => law[state] as number);
}

/**
 * The laws of sequences after each of `counts` ancestral steps.
 *
 * Shapes   → [counts, C^L], in the order of `space.sequences`
 * Holds    each sums to one
 */
export function stepLaws(table: Table, counts: readonly number[]): number[][] {
  const moves = allMoves(table);
  return counts.map((numSteps) => lawAfter(table.space, moves, numSteps));
}
