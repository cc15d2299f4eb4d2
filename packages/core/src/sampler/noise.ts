/**
 * @file What a denoiser with a noise input is told while it samples: drawn for each row from the seed, whatever batch it is in.
 *
 * Gumbel and Gaussian noise is drawn once a row and stays: the same row is meant by it in each step. A choice is drawn anew in each step,
 * because the law that a step draws from is the even mixture at its own xt (docs/beyond-sdtt.md).
 */
import { randomStream } from "../base/random.js";
import { freeTimes, raceShares } from "../diffusion/race.js";
import type { NoiseInput } from "../model/dit/config.js";

/** Which rows the network is asked about, so that it is told what is theirs; networks that are told nothing do not look. */
export interface RowNames {
  readonly seed: number;
  /** Their indices over all batches. */
  readonly rows: readonly number[];
  /** From 1. */
  readonly step: number;
  /** One object for all steps of a batch: what a network said in it of a row may be told again. Left out: it is not. */
  readonly call?: object;
}

/** The key that a row's noise is drawn by. */
export const noiseKey = ({ law }: NoiseInput, { seed, rows, step }: RowNames, i: number): (string | number)[] => [
  ...[seed, law, rows[i] as number],
  ...(law === "choice" ? [step] : []),
];

const draws: Record<NoiseInput["law"], (noise: NoiseInput, key: (string | number)[], length: number) => Float32Array> =
  {
    gumbel({ size }, [seed, ...key], length) {
      const random = randomStream(Number(seed), "noise", ...key);
      const values = new Float32Array(length * size);
      for (let j = 0; j < length; j++) raceShares(freeTimes(random, size), values, j * size);
      return values;
    },
    choice({ size }, [seed, ...key], length) {
      const chosen = randomStream(Number(seed), "noise", ...key).integer(size);
      return Float32Array.from({ length: length * size }, (_, i) => (i % size === chosen ? 1 : 0));
    },
    gaussian: ({ size }, [seed, ...key], length) => randomStream(Number(seed), "noise", ...key).normals(length * size),
  };

/**
 * The noise of one row.
 *
 * Shapes   → [length, size]
 * Holds    position j's does not depend on the length
 */
export const noiseOfRow = (noise: NoiseInput, key: (string | number)[], length: number): Float32Array =>
  draws[noise.law](noise, key, length);
