/**
 * @file A Markov chain short enough to enumerate: its exact denoiser, and the exact law of K sampling steps.
 *
 * All by brute force and from the definitions, nothing shared with the sampler: this is what the sampler is held to.
 */
import type { Denoiser } from "./denoiser.js";

export interface Chain {
  readonly length: number;
  /** Probability of each first token. [C] */
  readonly first: readonly number[];
  /** Probability of the next token, by token. [C, C] */
  readonly next: readonly (readonly number[])[];
}

const masked = -1;

/** Every sequence of `length` over `tokens`, in the order of their digits. */
export function allSequences(tokens: number, length: number): number[][] {
  if (length === 0) return [[]];
  return allSequences(tokens, length - 1).flatMap((head) => Array.from({ length: tokens }, (_, v) => [...head, v]));
}

export function chainProbability({ first, next }: Chain, x: readonly number[]): number {
  return x.reduce((p, v, i) => p * ((i === 0 ? first[v] : next[x[i - 1] as number]?.[v]) as number), 1);
}

/** p(x_i = · | the revealed tokens of `state`). */
function conditional(chain: Chain, state: readonly number[], i: number): number[] {
  const law = chain.first.map(() => 0);
  for (const x of allSequences(chain.first.length, chain.length)) {
    if (state.some((v, j) => v !== masked && v !== x[j])) continue;
    law[x[i] as number] = (law[x[i] as number] as number) + chainProbability(chain, x);
  }
  const total = law.reduce((sum, p) => sum + p, 0);
  return law.map((p) => p / total);
}

/** A denoiser that is right: its logits are log p(x_i | revealed); the mask token's are the highest of all. */
export function exactDenoiser(chain: Chain): Denoiser & { readonly asked: number[] } {
  const maskId = chain.first.length;
  const asked: number[] = [];
  const known = new Map<string, number[]>();
  return {
    vocabSize: maskId + 1,
    maskId,
    length: chain.length,
    asked,
    async logits(xt, rows, positions) {
      asked.push(rows);
      return Float32Array.from(
        positions.flatMap((position) => {
          const start = position - (position % chain.length);
          const row = Array.from(xt.subarray(start, start + chain.length), (v) => (v === maskId ? masked : v));
          const key = `${row}@${position - start}`;
          const law = known.get(key) ?? conditional(chain, row, position - start);
          known.set(key, law);
          return [...law.map(Math.log), 5];
        }),
      );
    },
    dispose() {},
  };
}

/**
 * The law of sequences after K ancestral steps, by walking every reveal pattern and every draw.
 *
 * A step from t = 1 − (k − 1)/K to s = 1 − k/K reveals each masked position with probability (t − s)/t.
 */
export function stepLaw(chain: Chain, numSteps: number): number[] {
  let states = new Map<string, number>([[Array(chain.length).fill(masked).join(","), 1]]);
  for (let step = 1; step <= numSteps; step++) {
    const after = new Map<string, number>();
    for (const [key, probability] of states) {
      for (const [next, share] of successors(chain, key.split(",").map(Number), 1 / (numSteps - step + 1))) {
        after.set(next, (after.get(next) ?? 0) + probability * share);
      }
    }
    states = after;
  }
  return allSequences(chain.first.length, chain.length).map((x) => states.get(x.join(",")) ?? 0);
}

function successors(chain: Chain, state: readonly number[], reveal: number): [string, number][] {
  let partial: [number[], number][] = [[[], 1]];
  for (const [i, v] of state.entries()) {
    const law = v === masked ? conditional(chain, state, i) : undefined;
    partial = partial.flatMap(([head, p]): [number[], number][] => {
      if (!law) return [[[...head, v], p]];
      return [
        [[...head, masked], p * (1 - reveal)],
        ...law.map((q, u): [number[], number] => [[...head, u], p * reveal * q]),
      ];
    });
  }
  return partial.filter(([, p]) => p > 0).map(([next, p]) => [next.join(","), p]);
}
