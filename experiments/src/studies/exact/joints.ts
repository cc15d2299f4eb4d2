/**
 * @file Three joint laws that can be enumerated, each with full support.
 *
 * They differ in what independence costs: a chain couples neighbours, parity couples all positions and no fewer, and
 * templates are like phrases: a few tokens decide the rest.
 */
import type { World } from "../world.js";
import { digitsOf, type Space, spaceOf } from "./space.js";

/** A world all of whose partly masked rows are listed too; its rows are `space.sequences`. */
export interface Joint extends World {
  readonly space: Space;
}

/** A law over all sequences of a space. */
export function jointOver(name: string, what: string, space: Space, probabilities: readonly number[]): Joint {
  const rows = space.sequences.map((state) => digitsOf(space, state));
  return { name, what, space, tokens: space.tokens, length: space.length, rows, probabilities };
}

function jointOf(name: string, what: string, space: Space, weight: (x: Uint8Array) => number): Joint {
  const weights = space.sequences.map((state) => weight(digitsOf(space, state)));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return jointOver(
    name,
    what,
    space,
    weights.map((w) => w / total),
  );
}

const first = [0.5, 0.3, 0.2];
const next = [
  [0.8, 0.15, 0.05],
  [0.1, 0.2, 0.7],
  [0.35, 0.6, 0.05],
] as const;

/** A Markov chain of 5 tokens out of 3. */
export const chain = jointOf("chain", "Markov chain, 5 tokens out of 3", spaceOf(3, 5), (x) =>
  x.reduce((p, v, i) => p * ((i === 0 ? first[v] : next[x[i - 1] as 0 | 1 | 2][v]) as number), 1),
);

/** Four bits, one with probability 0.35 each, whose sum is even in 95 of 100 cases or so. */
export const parity = jointOf("parity", "4 bits (one: 0.35), nearly always of even sum", spaceOf(2, 4), (x) => {
  const ones = x.reduce((sum, bit) => sum + bit, 0);
  return 0.35 ** ones * 0.65 ** (4 - ones) * (ones % 2 === 0 ? 0.95 : 0.05);
});

const shapes: readonly (readonly [number, readonly number[]])[] = [
  [0.4, [0, 1, 2, 0, 1]],
  [0.3, [1, 1, 0, 0, 2]],
  [0.2, [2, 0, 0, 1, 1]],
  [0.1, [2, 2, 1, 2, 0]],
];

/** Four templates of 5 tokens out of 3; each token is as in its template with probability 0.94. */
const templates = jointOf("templates", "mixture of 4 templates, 5 tokens out of 3", spaceOf(3, 5), (x) =>
  shapes.reduce((sum, [weight, shape]) => sum + x.reduce((p, v, i) => p * (v === shape[i] ? 0.94 : 0.03), weight), 0),
);

export const joints: readonly Joint[] = [chain, parity, templates];
