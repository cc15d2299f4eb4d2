/**
 * @file The exact law of samplers that look at the whole row, by walking every state and every outcome of each step.
 *
 * Written from the definitions alone, with −1 for a mask: nothing of it is shared with the samplers.
 */
import { type RandomStream, randomStream } from "../base/random.js";
import { allSequences, type Chain, conditional } from "./chain.fixture.js";
import type { RowStreams } from "./draw.js";

type State = readonly number[];
export type Outcomes = readonly (readonly [State, number])[];

const masked = -1;
export const maskedIn = (state: State): number[] => [...state.keys()].filter((i) => state[i] === masked);

/** The law of x0 after the steps, from all masked. Shapes   → [C^L], in the order of `allSequences` */
export function walkLaw(chain: Chain, steps: readonly ((state: State) => Outcomes)[]): number[] {
  let states = new Map([[Array(chain.length).fill(masked).join(","), 1]]);
  for (const step of steps) {
    const after = new Map<string, number>();
    for (const [key, p] of states) {
      for (const [next, q] of step(key.split(",").map(Number)))
        after.set(next.join(","), (after.get(next.join(",")) ?? 0) + p * q);
    }
    states = after;
  }
  return allSequences(chain.first.length, chain.length).map((x) => states.get(x.join(",")) ?? 0);
}

/** Every way to draw tokens at `positions`, apart from each other, by the chain's law or another. */
export function drawn(chain: Chain, state: State, positions: readonly number[], lawAt = conditional): Outcomes {
  const laws = positions.map((i) => lawAt(chain, state, i));
  return allSequences(chain.first.length, positions.length).map((tokens) => {
    const next = [...state];
    tokens.forEach((v, k) => {
      next[positions[k] as number] = v;
    });
    return [next, tokens.reduce((p, v, k) => p * (laws[k]?.[v] as number), 1)] as const;
  });
}

/** Subsets of `items`, each with the probability that all and only its members were chosen with `chance`. */
export function subsets(items: readonly number[], chance: number): (readonly [number[], number])[] {
  return allSequences(2, items.length).map((bits) => {
    const chosen = items.filter((_, k) => bits[k] === 1);
    return [chosen, bits.reduce((p, bit) => p * (bit === 1 ? chance : 1 - chance), 1)] as const;
  });
}

/** A law of a position made of the chain's own there: each chance weighed anew, renormalised. */
export const weighedLaw =
  (weigh: (p: number, v: number, state: State, i: number) => number): typeof conditional =>
  (chain, state, i) => {
    const weights = conditional(chain, state, i).map((p, v) => weigh(p, v, state, i));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / total);
  };

/** The law of three ancestral steps of a chain of three positions, whose tokens are drawn by `lawAt`. */
export const threeStepsLaw = (chain: Chain, lawAt: typeof conditional): number[] =>
  walkLaw(
    chain,
    [3, 2, 1].map(
      (left) => (state) =>
        subsets(maskedIn(state), 1 / left).flatMap(([set, p]) =>
          drawn(chain, state, set, lawAt).map(([next, q]) => [next, p * q] as const),
        ),
    ),
  );

/** The same stream, which hands out uniforms drawn at once: a hundred thousand rows take a second. */
export function pooled(stream: RandomStream): RandomStream {
  let pool = new Float64Array(0);
  let taken = 0;
  const uniforms = (count: number) => {
    if (taken + count > pool.length) [pool, taken] = [stream.uniforms(2 ** 18) as Float64Array<ArrayBuffer>, 0];
    taken += count;
    return pool.subarray(taken - count, taken);
  };
  const uniform = () => uniforms(1)[0] as number;
  const permutation = (count: number) => {
    const keys = Array.from(uniforms(count));
    return Int32Array.from([...keys.keys()].sort((a, b) => (keys[a] as number) - (keys[b] as number)));
  };
  return { ...stream, uniforms, uniform, permutation };
}

/** One stream for all rows. */
export function pooledStreams(seed: number): () => RowStreams {
  const random = pooled(randomStream(seed, "pooled"));
  return () => ({ reveal: random, draw: random });
}
