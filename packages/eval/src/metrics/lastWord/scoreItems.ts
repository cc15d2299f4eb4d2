/**
 * @file Scores of last words under a checkpoint of either kind, as many rows at once as one likes.
 */
import { randomStream } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import { isCausal } from "@sdtt/core/model";
import { openDenoiser } from "@sdtt/core/sampler";
import type { Checkpoint } from "../../record/checkpoint.js";
import { drawMaskSets, maskSetsOf } from "../bound/maskSets.js";
import { type Item, type MaskedItem, type SuffixScore, scoreCausal, scoreDenoised } from "./suffix.js";

export interface ScoreOptions {
  readonly sequences: number;
  readonly seed: number;
  /** Sets of masks of a denoiser's bound where there are too many to take all. */
  readonly times: number;
}

/** Indices of items by length, so that a network that looks both ways needs no padding. */
function byLength(items: readonly Item[]): number[][] {
  const groups: Record<number, number[]> = {};
  items.forEach(({ ids }, i) => {
    groups[ids.length] ??= [];
    groups[ids.length]?.push(i);
  });
  return Object.values(groups);
}

/** Sets of masks of a word; drawn by seed and key where they are not all taken. */
function wordMasks(item: Item, seed: number, times: number, ...key: readonly (string | number)[]): MaskedItem {
  const k = item.to - item.from;
  return { item, masks: maskSetsOf(k, () => drawMaskSets(randomStream(seed, ...key), times, k)) };
}

/** Items with the sets of masks of a denoiser's bound; a model that reads from left to right is asked without. */
export function maskedItems(
  { model }: Pick<Checkpoint, "model">,
  items: readonly Item[],
  { seed, times }: Pick<ScoreOptions, "seed" | "times">,
): MaskedItem[] {
  if (isCausal(model)) return items.map((item) => ({ item, masks: [] }));
  return items.map((item, i) => wordMasks(item, seed, times, "last-word", i));
}

/** The score of each item, in order. */
export async function scoreItems(
  engine: Engine,
  of: Pick<Checkpoint, "model" | "tensors">,
  items: readonly Item[],
  { sequences, ...draws }: ScoreOptions,
  onScored: (items: number) => void = () => {},
): Promise<SuffixScore[]> {
  return scoreSorted(engine, of, maskedItems(of, items, draws), sequences, onScored);
}

/** `scoreItems` with masks that were drawn already; programs of one length are let go before those of the next. */
export async function scoreSorted(
  engine: Engine,
  { model, tensors }: Pick<Checkpoint, "model" | "tensors">,
  masked: readonly MaskedItem[],
  sequences: number,
  onScored: (items: number) => void = () => {},
): Promise<SuffixScore[]> {
  const items = masked.map(({ item }) => item);
  const network = openDenoiser(engine, model, tensors);
  const shareOf = (count: number, before: number) => (share: number) => onScored(Math.floor(before + share * count));
  if (isCausal(model)) {
    return scoreCausal(network, items, sequences, shareOf(items.length, 0)).finally(() => network.dispose());
  }
  const scores: SuffixScore[] = [];
  let done = 0;
  for (const indices of byLength(items)) {
    const group = indices.map((i) => masked[i] as MaskedItem);
    const onShare = shareOf(group.length, done);
    const found = await scoreDenoised(network, group, sequences, onShare).finally(() => network.dispose());
    indices.forEach((i, k) => {
      scores[i] = found[k] as SuffixScore;
    });
    done += indices.length;
  }
  return scores;
}
