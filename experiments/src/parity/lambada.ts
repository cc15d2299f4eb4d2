/**
 * @file Part E: last words, by the evaluation that `lambada` runs, on recorded times and masks.
 *
 * The published bound is a mean over random times, of masks drawn for the whole row, with weight 1/t; ours sums t out. Both
 * are weighted sums over sets of masks, so that the published sets go through the same evaluation.
 */
import type { RandomStream } from "@sdtt/core/base";
import { alphaAt, maskedPositions, maskTokens, sampleTimes, sigmaAt } from "@sdtt/core/diffusion";
import { type Denoiser, likeliestToken } from "@sdtt/core/sampler";
import { figuresOf, type Item, type MaskSet, type SuffixScore, scoreDenoised } from "@sdtt/eval/metrics";
import { z } from "zod";
import { type Check, noiseEps, tokens } from "./context.js";
import { recorded } from "./published.js";
import { close, closeRelative, largest, type Row, same, timeTolerance, tolerances } from "./rows.js";

const ids = z.array(z.int());
const numbers = z.array(z.number());
const itemSchema = z.looseObject({
  prefix: ids,
  suffix: ids,
  input_ids: ids,
  greedy_tokens: ids,
  correct: z.boolean(),
  u_t: numbers,
  t: numbers,
  sigma: numbers,
  scale: numbers,
  u_mask: z.array(z.array(numbers)),
  xt: z.array(tokens),
  batch_losses: numbers,
  nll: z.number(),
  nll_fp64: z.number(),
});
type Recorded = z.output<typeof itemSchema>;

const fileSchema = z.looseObject({
  noise_eps: noiseEps,
  models: z.record(
    z.string(),
    z.looseObject({
      items: z.array(itemSchema).min(1),
      accuracy: z.number(),
      ppl: z.number(),
      ppl_fp64: z.number(),
      mean_nll: z.number(),
    }),
  ),
});

/** The end-of-text after the word is given, as everything before it. */
function itemOf({ prefix, suffix }: Recorded): Item {
  const all = Int32Array.from([...prefix, ...suffix]);
  return { ids: all, from: prefix.length, to: all.length - 1 };
}

/** What one item gave. */
interface Scored {
  readonly given: Recorded;
  readonly times: readonly number[];
  readonly xt: readonly number[];
  readonly input: readonly number[];
  readonly greedy: readonly number[];
  readonly batches: readonly number[];
  readonly score: SuffixScore;
}

/** Argmax decoding of the word's tokens in one pass. */
async function greedyTokens(denoiser: Denoiser, input: Int32Array): Promise<number[]> {
  const { vocabSize: V, maskId } = denoiser;
  const masked = maskedPositions(input, maskId);
  const logits = await denoiser.logits(input, 1, masked);
  const decoded = [...input];
  masked.forEach((position, i) => {
    decoded[position] = likeliestToken(logits, i * V, V);
  });
  return decoded;
}

/**
 * Times and masked tokens of the word, as published: low-discrepancy times in [1e-5, 1], draws for the whole row.
 *
 * Source   jdeschena/sdtt 9172b86, multi_round_sdtt.py
 */
function publishedMasks({ ids, from, to }: Item, random: RandomStream, times: number) {
  const t = sampleTimes(random, times, 1e-5);
  const masked = maskTokens(random, new Int32Array(times * ids.length), t, 1);
  return Array.from(t, (time, i) => {
    const word = Array.from({ length: to - from }, (_, k) => k);
    return { t: time, positions: word.filter((k) => masked[i * ids.length + from + k] === 1) };
  });
}

/** The mean over times as a weighted sum; a time at which nothing is masked adds nothing. */
function weighted(masks: ReturnType<typeof publishedMasks>): MaskSet[] {
  const sets = masks.map(({ t, positions }) => ({ positions, weight: 1 / t / masks.length }));
  return sets.filter(({ positions }) => positions.length > 0);
}

async function scored(denoiser: Denoiser, given: Recorded): Promise<Scored> {
  const item = itemOf(given);
  const withMasks = (positions: readonly number[]) =>
    item.ids.map((id, j) => (positions.includes(j) ? denoiser.maskId : id));
  const sequences = given.u_mask[0]?.length ?? 1;
  const draws = recorded([...given.u_t, ...given.u_mask.flat(2)]);
  const masks = publishedMasks(item, draws, given.t.length);
  const score = async (some: typeof masks) =>
    (await scoreDenoised(denoiser, [{ item, masks: weighted(some) }], sequences))[0] as SuffixScore;
  const batches: number[] = [];
  for (let i = 0; i < masks.length; i += sequences) batches.push((await score(masks.slice(i, i + sequences))).nll);
  const input = withMasks(Array.from({ length: item.to - item.from }, (_, k) => item.from + k));
  return {
    ...{ given, batches, input: [...input], greedy: await greedyTokens(denoiser, input), score: await score(masks) },
    times: masks.map(({ t }) => t),
    xt: masks.flatMap(({ positions }) => [...withMasks(positions.map((k) => item.from + k))]),
  };
}

/** 1/t is made upstream of σ, whose rounding grows with 1/α. */
const inverseTimeTolerance = (times: readonly number[]) =>
  timeTolerance * (1 + largest(times.map((t) => 1 / alphaAt(t))));

function itemRows(name: string, items: readonly Scored[], allowed: (values: readonly number[]) => number): Row[] {
  const ours = <T>(of: (item: Scored) => T | readonly T[]) => items.flatMap(of);
  const published = <T>(of: (given: Recorded) => T | readonly T[]) => items.flatMap(({ given }) => of(given));
  const times = published(({ t }) => t);
  const alpha = published(({ sigma }) => sigma).map((sigma) => Math.exp(-sigma));
  const batches = published((given) => given.batch_losses);
  const nlls = published(({ nll, nll_fp64 }) => [nll, nll_fp64]);
  return [
    close(
      `${name} t`,
      ours((item) => item.times),
      times,
      timeTolerance,
    ),
    close(
      `${name} exp(−σ)`,
      times.map((t) => Math.exp(-sigmaAt(t))),
      alpha,
      timeTolerance,
    ),
    closeRelative(
      `${name} 1/t`,
      times.map((t) => 1 / t),
      published(({ scale }) => scale),
      inverseTimeTolerance(times),
    ),
    same(
      `${name} xt`,
      ours(({ xt }) => xt),
      published(({ xt }) => xt.flat(2)),
    ),
    same(
      `${name} input`,
      ours(({ input }) => input),
      published((given) => given.input_ids),
    ),
    same(
      `${name} greedy tokens`,
      ours(({ greedy }) => greedy),
      published((given) => given.greedy_tokens),
    ),
    same(
      `${name} hits`,
      ours(({ score }) => Number(score.correct)),
      published(({ correct }) => Number(correct)),
    ),
    close(
      `${name} nll of a batch of masks`,
      ours((item) => item.batches),
      batches,
      allowed(batches),
    ),
    close(
      `${name} nll of an item`,
      ours(({ score }) => [score.nll, score.nll]),
      nlls,
      allowed(nlls),
    ),
  ];
}

export const lambadaChecks: Check = async (context, part) => {
  const { models } = part.json("lambada.json", fileSchema);
  const allowed = (values: readonly number[]) => context.tolerance(tolerances.suffixNll, largest(values));
  const rows: Row[] = [];
  for (const [name, { items, accuracy, ppl, ppl_fp64, mean_nll }] of Object.entries(models)) {
    const all: Scored[] = [];
    for (const given of items) all.push(await scored(context.denoiser(name), given));
    const figures = figuresOf(
      "lambada",
      all.map(({ score }) => score),
      false,
    );
    const [hits, bound] = figures.map(({ estimate }) => estimate.value) as [number, number];
    const pplTolerance = context.tolerance(tolerances.lambadaPpl, mean_nll);
    rows.push(...itemRows(name, all, allowed));
    rows.push(close(`${name} accuracy`, [hits], [accuracy], 1e-12));
    rows.push(close(`${name} mean nll`, [Math.log(bound)], [mean_nll], allowed([mean_nll])));
    rows.push(closeRelative(`${name} perplexity bound`, [bound, bound], [ppl, ppl_fp64], pplTolerance));
  }
  return rows;
};
