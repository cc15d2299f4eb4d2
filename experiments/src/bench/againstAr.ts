/**
 * @file Diffusion at 32 tokens a step against the AR baseline with its cache: latency of whole batches, in turn.
 *
 * Both are of one size and share their weights' arrays. An AR token reads all weights whatever the batch, so a small
 * batch is bound by memory; a diffusion step does L tokens of products, so it is bound by arithmetic at any batch.
 */
import { sizeOf, startProgress } from "@sdtt/core/base";
import { markdownRows } from "@sdtt/core/cli";
import { type Engine, openEngine } from "@sdtt/core/engine";
import { modelParameters } from "@sdtt/core/model";
import { parameterCount } from "@sdtt/core/nn";
import { matrixRates, samplingFlops } from "@sdtt/core/plan";
import { type Latency, latenciesOf } from "@sdtt/eval/metrics";
import { modelOf, type Options } from "./options.js";
import { cheapWeights } from "./realSize/cases.js";

const tokensPerStep = 32;
const stepsOf = ({ length }: Options): number => Math.max(1, Math.round(length / tokensPerStep));

export interface Against {
  readonly batch: number;
  readonly diffusion: Latency;
  readonly ar: Latency;
  /** AR's median by diffusion's. */
  readonly ratio: number;
  /** Products of the diffusion steps, as `samplingFlops` counts them. */
  readonly diffusionGflops: number;
  /** Weights read by AR's products, each once a token. */
  readonly arGBytesPerSecond: number;
  /** The same products as operations. */
  readonly arGflops: number;
}

/** Values of the matrices and vectors that one AR token is multiplied with: all but the embedding and conditioning. */
function readValues(o: Options): number {
  const named = Object.entries(modelParameters(modelOf(o, true)));
  const read = named.filter(([name]) => !/embed|sigma_map|adaLN/.test(name));
  return read.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
}

async function oneBatch(engine: Engine, o: Options, batch: number): Promise<Against> {
  const [model, causal] = [modelOf(o), modelOf({ ...o, length: o.length + 1 }, true)];
  const tensors = cheapWeights(modelParameters(model));
  const request = { steps: [stepsOf(o)], batch, repeats: o.repeats, seed: 1 };
  const found = await latenciesOf(engine, { model, tensors }, { model: causal, tensors }, request);
  const [diffusion, ar] = found as [Latency, Latency];
  const values = readValues(o);
  const [ms, arMs] = [diffusion.ms.median, ar.ms.median];
  return {
    ...{ batch, diffusion, ar, ratio: arMs / ms },
    diffusionGflops: samplingFlops(model, batch, stepsOf(o)) / ms / 1e6,
    arGBytesPerSecond: (4 * values * o.length) / arMs / 1e6,
    arGflops: (2 * values * batch * o.length) / arMs / 1e6,
  };
}

/** The latencies of each batch that `--batches` names, and the machine's matrix rate before and after. */
export async function compareWithAr(o: Options): Promise<{ rows: Against[]; squareGflops: number; facts: string }> {
  const engine = await openEngine(o.engine, o);
  const progress = startProgress({ label: "against AR", total: o.batches.length, unit: "batches" });
  const before = await matrixRates(engine, 5);
  const rows: Against[] = [];
  for (const batch of o.batches) {
    progress.update(rows.length, `batch ${batch}`);
    rows.push(await oneBatch(engine, o, batch));
  }
  progress.update(rows.length);
  progress.done();
  const after = await matrixRates(engine, 5);
  const size = (parameterCount(modelParameters(modelOf(o))) / 1e6).toFixed(1);
  const facts = `${engine.description} · ${size}M parameters, L ${o.length}, ${stepsOf(o)} step(s) against ${o.length} tokens`;
  return { rows, squareGflops: (before.median + after.median) / 2, facts };
}

export function againstArTable({ rows, squareGflops, facts }: Awaited<ReturnType<typeof compareWithAr>>): string {
  const titles = [
    "batch",
    "diffusion, ms",
    "AR, ms",
    "ratio",
    "diffusion, GFLOP/s",
    "AR, GB/s of weights",
    "AR, GFLOP/s",
  ];
  const spread = ({ ms: { median, low, high } }: Latency) =>
    `${median.toFixed(0)} (${low.toFixed(0)} – ${high.toFixed(0)})`;
  const cells = rows.map(({ batch, diffusion, ar, ratio, diffusionGflops, arGBytesPerSecond, arGflops }) => [
    ...[`${batch}`, spread(diffusion), spread(ar), `${ratio.toFixed(2)}×`, diffusionGflops.toFixed(0)],
    ...[arGBytesPerSecond.toFixed(1), arGflops.toFixed(0)],
  ]);
  const table = markdownRows([titles, ...cells], () => true);
  return `${facts} · a square product does ${squareGflops.toFixed(0)} GFLOP/s\n\n${table}`;
}
