/** @file An unseen folder's parts that need no gradient: denoiser, samplers, GPT-2, last words. */
import { join } from "node:path";
import {
  ditShapes,
  gpt2Shapes,
  type Random,
  randomOf,
  randomWeights,
  writeJson,
  writeNpy,
  writeWeights,
} from "./files.fixture.js";
import { dit, gpt2, type Sizes, type Weights } from "./float64.fixture.js";
import { argmaxRow, type Mode, moveChance, type Net, sigmaOf, stepRow, subsOf, subsRow } from "./sampling.fixture.js";

const timeEps = 1e-5;

export const rowsOf = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

/** Uniforms [L][V]. */
export const uniformRow = (random: Random, { vocab, length }: Sizes): number[][] =>
  rowsOf(length, () => random.uniforms(vocab));

/** `config` of inputs.json, as the published code's. */
function configOf(sizes: Sizes, name: string) {
  const { vocab, width, blocks, heads, length, conditioning } = sizes;
  const model = { name, hidden_size: width, n_blocks: blocks, n_heads: heads, cond_dim: conditioning, length };
  return { model, vocab_size: vocab, mask_index: vocab - 1, head_dim: width / heads, rotary_base: 10000, ln_eps: 1e-5 };
}

/** Part A, and the weights that other parts run: "quiet" is the one that the config names. */
export function writeDit(root: string, sizes: Sizes, rows: number): Record<string, Net> {
  const random = randomOf(1);
  const shapes = ditShapes(sizes);
  const mask = sizes.vocab - 1;
  const ids = rowsOf(rows, (row) =>
    rowsOf(sizes.length, () => (random.uniform() < row / (rows - 1) ? mask : random.below(mask))),
  );
  const sigmas = { sigma0: rowsOf(rows, () => 0), sigmaNZ: rowsOf(rows, (row) => Math.fround(0.1 + 1.7 * row)) };
  const config = configOf(sizes, "quiet");
  writeJson(join(root, "inputs.json"), { config, ids, ...sigmas, neg_infinity: -1e6 });
  const nets: Record<string, Net> = {};
  for (const [name, scale] of [
    ["loud", 1.4],
    ["quiet", 0.5],
  ] as const) {
    const weights = randomWeights(random, shapes, scale);
    nets[name] = { weights, sizes };
    const buffer = Float64Array.from(
      rowsOf(sizes.width / sizes.heads / 2, (i) => 10000 ** ((-2 * i * sizes.heads) / sizes.width)),
    );
    writeWeights(
      join(root, `${name}.safetensors`),
      { ...weights, "rotary_emb.inv_freq": buffer },
      { ...shapes, "rotary_emb.inv_freq": [buffer.length] },
    );
    for (const [tag, sigma] of Object.entries(sigmas)) {
      const passes = ids.map((row, i) => dit(weights, sizes, row, sigma[i] as number));
      const file = (what: string) => join(root, `${name}.${tag}.${what}.npy`);
      const all = [rows, sizes.length, sizes.vocab];
      writeNpy(
        file("logits"),
        all,
        passes.flatMap(({ logits }) => [...logits]),
      );
      writeNpy(
        file("logprobs"),
        all,
        passes.flatMap(({ logits }, i) => subsOf(logits, ids[i] as number[], sizes.vocab).flat()),
      );
      for (const layer of Object.keys(passes[0]?.activations ?? {})) {
        const values = passes.flatMap(({ activations }) => [...(activations[layer] as Float64Array)]);
        const shape = layer === "cond" ? [rows, sizes.conditioning] : [rows, sizes.length, sizes.width];
        writeNpy(file(`act.${layer}`), shape, values);
      }
    }
  }
  return nets;
}

interface RunSpec {
  readonly model: string;
  readonly sampler?: Mode;
  readonly kwargs?: Record<string, boolean>;
}

function writeRun(
  root: string,
  name: string,
  spec: RunSpec,
  net: Net,
  numSteps: number,
  batch: number,
  random: Random,
) {
  const { vocab, length } = net.sizes;
  const isSdtt = spec.sampler !== undefined;
  const mode: Mode =
    spec.sampler ?? (name.includes("cache") ? "cached" : name.includes("analytic") ? "analytic" : "ancestral");
  const drawsLast = !isSdtt && mode === "analytic";
  const uniforms = rowsOf(numSteps + Number(drawsLast), () => rowsOf(batch, () => uniformRow(random, net.sizes)));
  const prior = rowsOf(batch, () => rowsOf(length, () => vocab - 1));
  let ids = prior.map((row) =>
    row.map((id, l) =>
      (spec.kwargs?.add_bos && l === 0) || (spec.kwargs?.add_eos && l === length - 1) ? vocab - 2 : id,
    ),
  );
  const states: number[][][] = [];
  const dt = (1 - timeEps) / numSteps;
  for (let step = 0; step < numSteps; step++) {
    ids = ids.map(
      (row, i) => stepRow(net, mode, row, 1 - step * dt, 1 - (step + 1) * dt, uniforms[step]?.[i] as number[][]).ids,
    );
    states.push(ids);
  }
  const final = drawsLast
    ? ids.map((row, i) => stepRow(net, mode, row, timeEps, 0, uniforms[numSteps]?.[i] as number[][], true).ids)
    : ids.map((row) => argmaxRow(net, row));
  writeNpy(
    join(root, `${name}${isSdtt ? "" : `_${spec.model}`}.uniforms.npy`),
    [uniforms.length, batch, length, vocab],
    uniforms.flat(3),
  );
  const left = (all: number[][][]) => all.map((one) => one.flat().filter((id) => id === vocab - 1).length);
  const all = isSdtt ? [prior, ...states] : states;
  const key = isSdtt ? "tokens_after_each_project_fn" : "tokens_after_each_step";
  return { ...spec, [key]: all, final, masks_left: left(all) };
}

/** Part C. */
export function writeSamplers(root: string, nets: Record<string, Net>, numSteps: number, batch: number): void {
  const random = randomOf(2);
  const sizes = (nets.quiet as Net).sizes;
  const specs: Record<string, RunSpec> = {
    ancestral_quiet: { model: "quiet", sampler: "ancestral", kwargs: {} },
    ancestral_loud: { model: "loud", sampler: "ancestral", kwargs: { add_bos: true, add_eos: true } },
    analytic_loud: { model: "loud", sampler: "analytic", kwargs: { add_eos: true } },
    mdlm_ddpm: { model: "loud" },
    mdlm_ddpm_cache: { model: "quiet" },
    mdlm_analytic: { model: "loud" },
  };
  const runs = Object.entries(specs).map(([name, spec]) => [
    name,
    writeRun(root, name, spec, nets[spec.model] as Net, numSteps, batch, random),
  ]);
  const input = rowsOf(batch, () =>
    rowsOf(sizes.length, () => (random.uniform() < 0.5 ? sizes.vocab - 1 : random.below(sizes.vocab - 1))),
  );
  const outputs = Object.entries(nets).map(([name, net]) => [
    name,
    { output: input.map((row) => argmaxRow(net, row)) },
  ]);
  writeJson(join(root, "meta.json"), {
    ...{
      num_steps: numSteps,
      seq_len: sizes.length,
      n_samples: batch,
      mask_index: sizes.vocab - 1,
      bos_eos: sizes.vocab - 2,
    },
    ...{ sdtt_sampling_eps: timeEps, mdlm_eps: timeEps, noise_eps: 1e-3, runs: Object.fromEntries(runs) },
    denoise_branch: { input, t: timeEps, ...Object.fromEntries(outputs) },
  });
}

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
