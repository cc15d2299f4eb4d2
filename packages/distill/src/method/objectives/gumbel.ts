/**
 * @file Coupled draws on text: the student is told, at each masked position, the Gumbel noise that a causal network would have drawn
 * the row by, and learns the row.
 *
 * A causal network turns noise into a row: position l takes argmax(log q(· | x_<l) + g_l). Read backwards, a row of the text has noise that
 * it would have come from, and if the text were the network's own, that noise would be even Gumbel noise (`coupledTimes`). So a student that
 * reads it right knows the whole row before any of it is drawn: what it draws together agrees, and its law at any number of steps is the
 * causal network's, whichever text it learned on. Source   arXiv 2603.22216; differs: a row in ten is told nothing, so that the student
 * is a denoiser of its own too, for whoever asks it without noise (bounds, last words, the next round's teacher).
 *
 * A causal network says nothing of a row's first token: its q is how often tokens occur in the text.
 */
import { float32, type RandomStream, randomStream, reusedMemory } from "@sdtt/core/base";
import { coupledTimes, maskedPositions, nllLoss, raceShares } from "@sdtt/core/diffusion";
import type { ModelConfig } from "@sdtt/core/model";
import { type Network, tokenLaw } from "@sdtt/core/sampler";
import type { Shard } from "@sdtt/core/text";
import { nelboBatch } from "../../training/pretrainTask.js";
import type { Task } from "../../training/task.js";
import { type Noised, noisedBatches, type RoundData } from "../noised.js";
import { isTold } from "./untold.js";

/** Tokens that are counted at most: a shard may be larger than memory. */
const mostCounted = 2 ** 22;

/** How often each token occurs at the text's beginning, each counted once more than it does: none is impossible. */
function tokenShares({ ids, count }: Shard, tokens: number): Float64Array {
  const looked = ids.subarray(0, Math.min(count, mostCounted));
  const counts = new Float64Array(tokens).fill(1);
  for (let i = 0; i < looked.length; i++) counts[looked[i] as number] = (counts[looked[i] as number] as number) + 1;
  return counts.map((one) => one / (looked.length + tokens));
}

/** q(x_l = · | x_<l) at positions of rows, one after the other. */
type Conditionals = (k: number) => Float64Array;

/** What the causal network says of `positions`, in one evaluation. Shapes   x0 [B·L] */
async function conditionalsOf(
  causal: Network,
  x0: Int32Array,
  length: number,
  positions: readonly number[],
  first: Float64Array,
): Promise<Conditionals> {
  const { vocabSize: V } = causal;
  const before = positions.filter((position) => position % length > 0).map((position) => position - 1);
  const logits = await causal.logits(x0, x0.length / length, before);
  const indexOf = new Map(before.map((position, i) => [position + 1, i]));
  return (k) => {
    const index = indexOf.get(positions[k] as number);
    return index === undefined ? first : tokenLaw(logits, index * V, V, 1).subarray(0, V - 1);
  };
}

/** Which rows are told, and the noise of their positions. Shapes   → noise [capacity, V − 1], zero where nothing is told */
function coupled(
  { x0, rows }: Noised,
  positions: readonly number[],
  length: number,
  law: Conditionals,
  streamOf: (row: number) => RandomStream,
  noise: Float32Array,
): void {
  noise.fill(0);
  const streams = Array.from({ length: rows.to - rows.from }, (_, row) => streamOf(rows.from + row));
  const told = streams.map(isTold);
  positions.forEach((position, k) => {
    const row = Math.floor(position / length);
    if (!told[row]) return;
    const times = coupledTimes(streams[row] as RandomStream, law(k), x0[position] as number);
    raceShares(times, noise, k * times.length);
  });
}

/** Cross-entropy at masked positions, their noise told; the mean over the batch's masked tokens. */
export function gumbelTask(causal: Network, model: ModelConfig, data: RoundData, round: number): Task {
  const { sequences, length, seed, shard } = data;
  const tokens = model.vocabSize - 1;
  const first = tokenShares(shard, tokens);
  const memory = reusedMemory();
  const batch = noisedBatches(model, data, round, async (noised) => {
    const { n, rows, x0, xt, masked } = noised;
    const rowWeights = new Float64Array(rows.to - rows.from).fill(1 / masked);
    const { inputs, capacity } = nelboBatch({ x0, xt, rowWeights }, tokens);
    const positions = maskedPositions(xt, tokens);
    const law = await conditionalsOf(causal, x0, length, positions, first);
    const noise = memory(capacity * tokens);
    coupled(noised, positions, length, law, (row) => randomStream(seed, "round", round, n, "noise", row), noise);
    return { inputs: { ...inputs, noise: float32([capacity, tokens], noise) }, capacity };
  });
  return { label: `round ${round}`, model, tokensPerUpdate: sequences * length, loss: nllLoss(model), batch };
}
