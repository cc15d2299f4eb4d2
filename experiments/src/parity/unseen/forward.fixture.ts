/** @file An unseen folder's denoisers and samples. */
import { join } from "node:path";
import { ditShapes, type Random, randomOf, randomWeights, writeJson, writeNpy, writeWeights } from "./files.fixture.js";
import { dit, type Sizes, type Values } from "./float64.fixture.js";
import { argmaxRow, type Mode, type Net, stepRow, subsOf } from "./sampling.fixture.js";

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

/** Everything that one set of weights says under one list of σ. */
function writePasses(prefix: string, { weights, sizes }: Net, ids: number[][], sigma: number[]): void {
  const passes = ids.map((row, i) => dit(weights, sizes, row, sigma[i] as number));
  const all = [ids.length, sizes.length, sizes.vocab];
  const logits = passes.flatMap((pass) => [...pass.logits]);
  const logProbs = passes.flatMap((pass, i) => subsOf(pass.logits, ids[i] as number[], sizes.vocab).flat());
  writeNpy(`${prefix}.logits.npy`, all, logits);
  writeNpy(`${prefix}.logprobs.npy`, all, logProbs);
  for (const layer of Object.keys(passes[0]?.activations ?? {})) {
    const values = passes.flatMap(({ activations }) => [...(activations[layer] as Values)]);
    const shape = layer === "cond" ? [sizes.conditioning] : [sizes.length, sizes.width];
    writeNpy(`${prefix}.act.${layer}.npy`, [ids.length, ...shape], values);
  }
}

/** Part A, and the weights that other parts run: "quiet" is the one that the config names. */
export function writeDit(root: string, sizes: Sizes, rows: number): Record<string, Net> {
  const random = randomOf(1);
  const mask = sizes.vocab - 1;
  const id = (row: number) => (random.uniform() < row / (rows - 1) ? mask : random.below(mask));
  const ids = rowsOf(rows, (row) => rowsOf(sizes.length, () => id(row)));
  const sigmas = { sigma0: rowsOf(rows, () => 0), sigmaNZ: rowsOf(rows, (row) => Math.fround(0.1 + 1.7 * row)) };
  writeJson(join(root, "inputs.json"), { config: configOf(sizes, "quiet"), ids, ...sigmas, neg_infinity: -1e6 });
  const size = sizes.width / sizes.heads;
  const buffer = Float64Array.from(rowsOf(size / 2, (i) => 10000 ** ((-2 * i) / size)));
  const shapes = ditShapes(sizes);
  const write = (name: string, scale: number): Net => {
    const net = { sizes, weights: randomWeights(random, shapes, scale) };
    const stored = { ...net.weights, "rotary_emb.inv_freq": buffer };
    writeWeights(join(root, `${name}.safetensors`), stored, { ...shapes, "rotary_emb.inv_freq": [buffer.length] });
    for (const [tag, sigma] of Object.entries(sigmas)) writePasses(join(root, `${name}.${tag}`), net, ids, sigma);
    return net;
  };
  return { loud: write("loud", 1.4), quiet: write("quiet", 0.5) };
}

interface RunSpec {
  readonly model: string;
  /** Of SDTT's `sample()`; MDLM's runs have none, their predictor is in the name. */
  readonly sampler?: Mode;
  readonly kwargs?: Readonly<Record<string, boolean>>;
}

interface RunSize {
  readonly numSteps: number;
  readonly batch: number;
}

function modeOf(name: string, { sampler }: RunSpec): Mode {
  if (sampler) return sampler;
  return name.includes("cache") ? "cached" : name.includes("analytic") ? "analytic" : "ancestral";
}

function writeRun(root: string, name: string, spec: RunSpec, net: Net, { numSteps, batch }: RunSize, random: Random) {
  const { vocab, length } = net.sizes;
  const mode = modeOf(name, spec);
  const drawsLast = !spec.sampler && mode === "analytic";
  const uniforms = rowsOf(numSteps + Number(drawsLast), () => rowsOf(batch, () => uniformRow(random, net.sizes)));
  const isGiven = (l: number) => (spec.kwargs?.add_bos && l === 0) || (spec.kwargs?.add_eos && l === length - 1);
  const prior = rowsOf(batch, () => rowsOf(length, () => vocab - 1));
  const states: number[][][] = [];
  let ids = prior.map((row) => row.map((id, l) => (isGiven(l) ? vocab - 2 : id)));
  const dt = (1 - timeEps) / numSteps;
  const stepped = (step: number, t: number, s: number, last = false) =>
    ids.map((row, i) => stepRow(net, mode, row, t, s, uniforms[step]?.[i] as number[][], last).ids);
  for (let step = 0; step < numSteps; step++) {
    ids = stepped(step, 1 - step * dt, 1 - (step + 1) * dt);
    states.push(ids);
  }
  const final = drawsLast ? stepped(numSteps, timeEps, 0, true) : ids.map((row) => argmaxRow(net, row));
  const file = spec.sampler ? name : `${name}_${spec.model}`;
  writeNpy(join(root, `${file}.uniforms.npy`), [uniforms.length, batch, length, vocab], uniforms.flat(3));
  const all = spec.sampler ? [prior, ...states] : states;
  const key = spec.sampler ? "tokens_after_each_project_fn" : "tokens_after_each_step";
  const masks_left = all.map((one) => one.flat().filter((id) => id === vocab - 1).length);
  return { ...spec, [key]: all, final, masks_left };
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
    writeRun(root, name, spec, nets[spec.model] as Net, { numSteps, batch }, random),
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
