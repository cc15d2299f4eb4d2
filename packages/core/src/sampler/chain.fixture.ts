/**
 * @file A Markov chain short enough to enumerate: its exact denoiser, and the exact law of K sampling steps.
 *
 * All by brute force and from the definitions, nothing shared with the sampler: this is what the sampler is held to.
 */
import type { Denoiser } from "./network/denoiser.js";

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
export function conditional(chain: Chain, state: readonly number[], i: number): number[] {
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
  const vocabSize = maskId + 1;
  const known = new Map<number, Float32Array>();
  const rowOf = (xt: Int32Array, i: number) => {
    const state = Array.from(xt, (v) => (v === maskId ? masked : v));
    return Float32Array.from([...conditional(chain, state, i).map(Math.log), 5]);
  };
  return {
    ...{ vocabSize, maskId, length: chain.length, asked },
    async logits(xt, rows, positions) {
      asked.push(rows);
      const logits = new Float32Array(positions.length * vocabSize);
      positions.forEach((position, k) => {
        const i = position % chain.length;
        const row = xt.subarray(position - i, position - i + chain.length);
        const code = row.reduce((digits, v) => vocabSize * digits + v, i);
        const found = known.get(code) ?? rowOf(row, i);
        known.set(code, found);
        logits.set(found, k * vocabSize);
      });
      return logits;
    },
    dispose() {},
  };
}

/** Reveal probabilities of K even steps from 1 to 0: from t = 1 − (k − 1)/K to s = 1 − k/K, (t − s)/t. */
export const evenSteps = (numSteps: number): number[] => Array.from({ length: numSteps }, (_, k) => 1 / (numSteps - k));

/**
 * The law of sequences after the steps given by their reveal probabilities, by walking every reveal pattern and every
 * draw; what is masked then becomes its likeliest token.
 */
export function stepLaw(chain: Chain, steps: readonly number[]): number[] {
  let states = new Map<string, number>([[Array(chain.length).fill(masked).join(","), 1]]);
  const walk = (next: (state: number[]) => [string, number][]) => {
    const after = new Map<string, number>();
    for (const [key, probability] of states) {
      for (const [to, share] of next(key.split(",").map(Number))) {
        after.set(to, (after.get(to) ?? 0) + probability * share);
      }
    }
    states = after;
  };
  for (const reveal of steps) walk((state) => successors(chain, state, reveal));
  walk((state) => [[likeliest(chain, state).join(","), 1]]);
  return allSequences(chain.first.length, chain.length).map((x) => states.get(x.join(",")) ?? 0);
}

function likeliest(chain: Chain, state: readonly number[]): number[] {
  return state.map((v, i) => {
    if (v !== masked) return v;
    const law = conditional(chain, state, i);
    return law.indexOf(Math.max(...law));
  });
}

/**
 * The joint law of the steps that reveal each position (from 1) and of the sequence: reveal steps are independent of
 * each other and of the tokens, and tokens revealed together are drawn apart.
 *
 * Shapes   → [K^L · C^L], reveal steps first, both in the order of their digits
 */
export function revealLaw(chain: Chain, steps: readonly number[]): number[] {
  const stepChances = steps.map((p, k) => steps.slice(0, k).reduce((left, before) => left * (1 - before), p));
  return allSequences(steps.length, chain.length).flatMap((revealed) => {
    const chance = revealed.reduce((product, step) => product * (stepChances[step] as number), 1);
    return allSequences(chain.first.length, chain.length).map((x) =>
      x.reduce((product, v, i) => {
        const before = x.map((u, j) => ((revealed[j] as number) < (revealed[i] as number) ? u : masked));
        return product * (conditional(chain, before, i)[v] as number);
      }, chance),
    );
  });
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
