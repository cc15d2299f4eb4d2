/**
 * @file The student towards a round's optimum, without training: how far a round can go.
 *
 * At xt the best student is a mean of the targets over the teacher's draws: the normalised geometric one under reverse
 * KL, the arithmetic one under forward KL (docs/method.md, 2). Here that mean is taken over a number of fresh draws each time
 * the student is asked, which costs `draws` teacher passes a question and tells, before any training, whether a round
 * of this Δ and m is worth its updates. A mean of few draws is short of the optimum by about 1/draws, because the tokens of one
 * question share its noise; so figures of n and of 2n draws are extrapolated. What it leaves out: dropout, shared
 * parameters, too few updates.
 */
import { type RandomStream, randomStream } from "@sdtt/core/base";
import { maskedPositions, timeEps } from "@sdtt/core/diffusion";
import { type Denoiser, logSumExp } from "@sdtt/core/sampler";
import type { Estimated } from "@sdtt/core/statistics";
import { type KlName, sdttTargets, sharedDraw, type TargetOptions, targetMeans } from "@sdtt/distill/method";

export interface IdealOptions extends TargetOptions {
  readonly divergence: KlName;
  /** Targets that are averaged at each question. */
  readonly draws: number;
  readonly seed: number;
}

/**
 * A figure at infinitely many draws from those at n and at 2n: 2 · many − few, of a perplexity in its logarithm.
 *
 * Holds    what is left is of 1/draws²: on laws that can be listed 8 draws have four fifths of a round's sharpening, 16
 *          nine tenths, and this all of it
 */
export function extrapolated(scale: "log" | "linear", few: Estimated, many: Estimated): Estimated {
  if (scale === "linear") {
    return { value: 2 * many.value - few.value, stderr: Math.hypot(2 * many.stderr, few.stderr) };
  }
  const value = many.value ** 2 / few.value;
  return { value, stderr: value * Math.hypot((2 * many.stderr) / many.value, few.stderr / few.value) };
}

/**
 * A time for each row, drawn from its law given how many of the row's tokens are masked.
 *
 * Units    t in unit time
 * Holds    k masks of L leave t with Beta(k + 1, L − k + 1), the law of the k-th (from 0) of L + 1 sorted uniforms
 */
export function drawTimes(xt: Int32Array, rows: number, maskId: number, random: RandomStream): Float64Array {
  const length = xt.length / rows;
  return Float64Array.from({ length: rows }, (_, row) => {
    const masked = maskedPositions(xt.subarray(row * length, (row + 1) * length), maskId).length;
    return Math.max(random.uniforms(length + 1).sort()[masked] as number, timeEps);
  });
}

async function meanTarget(
  teacher: Denoiser,
  xt: Int32Array,
  rows: number,
  positions: readonly number[],
  options: IdealOptions,
  random: RandomStream,
): Promise<Float32Array> {
  const [V, { enter, leave }] = [teacher.vocabSize, targetMeans[options.divergence]];
  const sums = new Float64Array(positions.length * V);
  const rowOf = new Map(maskedPositions(xt, teacher.maskId).map((position, i) => [position, i]));
  for (let draw = 0; draw < options.draws; draw++) {
    const times = drawTimes(xt, rows, teacher.maskId, random);
    const { logits } = await sdttTargets(teacher, xt, times, options, sharedDraw(random));
    positions.forEach((position, i) => {
      const offset = (rowOf.get(position) as number) * V;
      const total = logSumExp(logits, offset, V);
      for (let v = 0; v < V - 1; v++)
        sums[i * V + v] = (sums[i * V + v] as number) + enter((logits[offset + v] as number) - total);
    });
  }
  return Float32Array.from(sums, (sum) => leave(sum / options.draws));
}

/**
 * A denoiser that answers with the mean of `draws` targets at each masked position it is asked for.
 *
 * Holds    with many draws it is the minimiser of the round's expected loss at xt
 */
export function idealStudent(teacher: Denoiser, options: IdealOptions): Denoiser {
  let asked = 0;
  return {
    vocabSize: teacher.vocabSize,
    maskId: teacher.maskId,
    length: teacher.length,
    logits(xt, rows, positions) {
      const random = randomStream(options.seed, "ideal", asked++);
      return meanTarget(teacher, xt, rows, positions, options, random);
    },
    dispose: () => teacher.dispose(),
  };
}
