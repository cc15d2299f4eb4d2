/**
 * @file Made-up measurements whose truth is known: samples with a judge's score and an entropy, items that are right or
 * wrong, seeds that differ. Sizes and spreads are those of the default experiment.
 */
import { type RandomStream, randomStream } from "@sdtt/core/base";
import { type JudgedPoint, meanWithStderr, ratioCorrelation, ratioWithStderr } from "@sdtt/core/statistics";
import type { Measured } from "@sdtt/eval/findings";

/** Draws of one simulation, a normal at a time. */
export interface Draws {
  normal(): number;
  uniform(): number;
  readonly stream: RandomStream;
}

export function drawsOf(...key: readonly (string | number)[]): Draws {
  const stream = randomStream(20260301, "coverage", ...key);
  let held: ArrayLike<number> = [];
  let at = 0;
  const normal = () => {
    if (at >= held.length) [held, at] = [stream.normals(16_384), 0];
    return held[at++] as number;
  };
  return { normal, uniform: () => stream.uniform(), stream };
}

/** Where a model truly is: ln gen-PPL and mean entropy. */
export interface Truth {
  readonly genPpl: number;
  readonly entropy: number;
}

/** Of one sample of 128 tokens: of its mean NLL, and of its entropy; they go together as they do for the teacher. */
const spread = { nll: 0.39, entropy: 0.075, correlation: 0.3 };

/** `n` samples of a model; those that end early have fewer tokens, and as much scatter a token. */
export function samplesOf({ genPpl, entropy }: Truth, n: number, { normal, uniform }: Draws): Measured {
  const all = Array.from({ length: n }, () => {
    const [a, b] = [normal(), normal()];
    const count = uniform() < 0.2 ? 20 + Math.floor(80 * uniform()) : 110;
    const own = spread.correlation * a + Math.sqrt(1 - spread.correlation ** 2) * b;
    return { sum: count * (Math.log(genPpl) + spread.nll * a), count, entropy: entropy + spread.entropy * own };
  });
  return {
    sums: all.map(({ sum }) => sum),
    counts: all.map(({ count }) => count),
    entropies: all.map((one) => one.entropy),
  };
}

/** The point that the store would keep of them. */
export function judged({ sums, counts, entropies }: Measured): JudgedPoint {
  const nll = ratioWithStderr(sums, counts);
  const entropy = meanWithStderr(entropies);
  return {
    ...{ genPpl: Math.exp(nll.value), lnStderr: nll.stderr, entropy: entropy.value, entropyStderr: entropy.stderr },
    correlation: ratioCorrelation(sums, counts, entropies),
  };
}

/** Samples of a cell as `curve` takes them. */
export const samplesAt = (steps: number): number => Math.min(512, Math.max(32, 2048 / steps));

/** A point as it would be judged of `n` samples, without drawing them one by one. */
export function pointOf({ genPpl, entropy }: Truth, n: number, { normal }: Draws): JudgedPoint {
  const [lnStderr, entropyStderr] = [spread.nll / Math.sqrt(n), spread.entropy / Math.sqrt(n)];
  const [a, b] = [normal(), normal()];
  const own = spread.correlation * a + Math.sqrt(1 - spread.correlation ** 2) * b;
  return {
    ...{ genPpl: genPpl * Math.exp(lnStderr * a), entropy: entropy + entropyStderr * own },
    ...{ lnStderr, entropyStderr, correlation: spread.correlation },
  };
}

/** The default experiment's teacher, gen-PPL and entropy at τ = 1, 0.9, 0.8 and below, by steps. */
export const teacher: ReadonlyMap<number, readonly Truth[]> = new Map(
  (
    [
      [4, [917, 4.29], [754, 4.235], [609, 4.17], [540, 4.1]],
      [8, [498, 4.29], [404, 4.23], [314, 4.16], [260, 4.1]],
      [16, [352, 4.28], [275, 4.23], [215, 4.16], [175, 4.09]],
      [32, [293, 4.27], [232, 4.24], [169, 4.16], [140, 4.1]],
      [64, [267, 4.27], [203, 4.21], [160, 4.17], [135, 4.1]],
      [128, [260, 4.28], [198, 4.22], [146, 4.15], [130, 4.09]],
    ] as const
  ).map(([steps, ...points]) => [steps, points.map(([genPpl, entropy]) => ({ genPpl, entropy }))]),
);

export const student: ReadonlyMap<number, Truth> = new Map([
  [4, { genPpl: 515, entropy: 4.19 }],
  [8, { genPpl: 288, entropy: 4.18 }],
  [16, { genPpl: 214, entropy: 4.17 }],
]);

/** What the training of one seed does to ln gen-PPL, shared by all its step counts. */
export const trainings = (seeds: number, variation: number, { normal }: Draws): number[] =>
  Array.from({ length: seeds }, () => variation * normal());
