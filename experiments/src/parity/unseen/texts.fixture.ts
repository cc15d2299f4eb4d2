/** @file An unseen folder's GPT-2 and last words. */
import { join } from "node:path";
import {
  gpt2Shapes,
  type Random,
  randomOf,
  randomWeights,
  writeJson,
  writeNpy,
  writeWeights,
} from "./files.fixture.js";
import { gpt2, type Sizes, type Weights } from "./float64.fixture.js";
import { rowsOf } from "./forward.fixture.js";
import { argmaxRow, moveChance, type Net, sigmaOf, subsRow } from "./sampling.fixture.js";

const timeEps = 1e-5;

const logProb = (logits: ArrayLike<number>, id: number): number => {
  const values = Array.from(logits);
  const peak = Math.max(...values);
  return (values[id] as number) - peak - Math.log(values.reduce((sum, x) => sum + Math.exp(x - peak), 0));
};
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Part D. */
export function writeGpt2(root: string, sizes: Sizes, texts: number, length: number): void {
  const random = randomOf(3);
  const shapes = gpt2Shapes(sizes);
  const weights: Weights = randomWeights(random, shapes, 1.2);
  const ids = rowsOf(texts, () => rowsOf(length, () => random.below(sizes.vocab)));
  const passes = ids.map((row) => gpt2(weights, sizes, row));
  const V = sizes.vocab;
  const nlls = ids.map((row, i) =>
    rowsOf(
      length - 1,
      (l) => -logProb((passes[i] as (typeof passes)[number]).logits.subarray(l * V, (l + 1) * V), row[l + 1] as number),
    ),
  );
  writeWeights(join(root, "model.safetensors"), weights, shapes);
  writeNpy(
    join(root, "logits.npy"),
    [texts, length, V],
    passes.flatMap(({ logits }) => [...logits]),
  );
  writeNpy(join(root, "token_nll.npy"), [texts, length - 1], nlls.flat());
  for (const layer of Object.keys(passes[0]?.activations ?? {})) {
    const values = passes.flatMap(({ activations }) => [...(activations[layer] as Float64Array)]);
    writeNpy(join(root, `act.${layer}.npy`), [texts, length, sizes.width], values);
  }
  const shape = { n_embd: sizes.width, n_layer: sizes.blocks, n_head: sizes.heads, n_positions: sizes.length };
  writeJson(join(root, "config.json"), {
    model_type: "gpt2",
    vocab_size: V,
    n_inner: null,
    layer_norm_epsilon: 1e-5,
    ...shape,
  });
  const perSample = nlls.map(mean);
  const ppl = Math.exp(mean(perSample));
  writeJson(join(root, "expected.json"), {
    input_ids: ids,
    per_sample_nll: perSample,
    avg_nll: mean(perSample),
    ppl_run_eval: Math.fround(ppl),
    ppl_fp64: ppl,
  });
}

function lambadaItem(net: Net, random: Random, times: number, batch: number) {
  const { vocab: V, length } = net.sizes;
  const prefix = rowsOf(2 + random.below(length - 5), () => random.below(V - 1));
  const word = rowsOf(1 + random.below(2), () => random.below(V - 1));
  const suffix = [...word, V - 2];
  const full = [...prefix, ...suffix];
  const masked = (isMasked: (l: number) => boolean) =>
    full.map((id, l) => (l >= prefix.length && l < full.length - 1 && isMasked(l) ? V - 1 : id));
  const input = masked(() => true);
  // Half of the words are what the net would say, so that both outcomes occur.
  const greedy = argmaxRow(net, input);
  if (random.uniform() < 0.5)
    for (let l = prefix.length; l < full.length - 1; l++)
      [full[l], suffix[l - prefix.length]] = [greedy[l] as number, greedy[l] as number];
  const u_t = random.uniform();
  const t = rowsOf(times, (i) => Math.fround((1 - timeEps) * ((u_t + i / times) % 1) + timeEps));
  const u_mask = rowsOf(times / batch, () => rowsOf(batch, () => random.uniforms(full.length)));
  const rows = u_mask.flat().map((u, i) => masked((l) => (u[l] as number) < moveChance(t[i] as number)));
  const nlls = rows.map((row, i) => {
    const logp = subsRow(net, row);
    return row.reduce(
      (sum, id, l) => sum - (id === V - 1 ? (logp[l]?.[full[l] as number] as number) / (t[i] as number) : 0),
      0,
    );
  });
  const inBatches = <T>(all: readonly T[]) => rowsOf(times / batch, (b) => all.slice(b * batch, (b + 1) * batch));
  const correct = greedy.slice(prefix.length, -1).every((id, k) => id === suffix[k]);
  const [sigma, scale] = [t.map(sigmaOf), t.map((value) => 1 / value)];
  const losses = { batch_losses: inBatches(nlls).map(mean), nll: mean(nlls), nll_fp64: mean(nlls) };
  return {
    prefix,
    suffix,
    input_ids: input,
    greedy_tokens: greedy,
    correct,
    u_t: [u_t],
    t,
    sigma,
    scale,
    u_mask,
    xt: inBatches(rows),
    ...losses,
  };
}

/** Part E. */
export function writeLambada(root: string, nets: Record<string, Net>, items: number): void {
  const random = randomOf(4);
  const models = Object.entries(nets).map(([name, net]) => {
    const made = rowsOf(items, () => lambadaItem(net, random, 6, 3));
    const nll = mean(made.map((item) => item.nll));
    const accuracy = mean(made.map(({ correct }) => Number(correct)));
    return [name, { items: made, accuracy, ppl: Math.exp(nll), ppl_fp64: Math.exp(nll), mean_nll: nll }];
  });
  writeJson(join(root, "lambada.json"), { noise_eps: 1e-3, models: Object.fromEntries(models) });
}
