/** @file One run of the benchmark: everything asked for, in one process, with the machine's own matrix rate beside it. */
import { startProgress, type TensorMap } from "@sdtt/core/base";
import { type Engine, openEngine } from "@sdtt/core/engine";
import { modelParameters } from "@sdtt/core/model";
import { parameterCount } from "@sdtt/core/nn";
import { matrixRates, roundUpdateFlops, updateFlops } from "@sdtt/core/plan";
import { commitOf, machineOf } from "@sdtt/core/workspace";
import { type CaseName, modelOf, type Options } from "./options.js";
import { cheapWeights } from "./realSize/cases.js";
import { arTiming, sampleTimings } from "./sampling.js";
import type { Timing } from "./timing.js";
import { mdlmUpdate, sdttUpdate, type TimedUpdates } from "./updates.js";

/** What a benchmark prints as JSON: sizes and timings under the peer's keys, and what the peer does not measure. */
export interface Measured {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly timings: Readonly<Record<string, Timing>>;
  readonly rates: Readonly<Record<string, number>>;
}

interface Part {
  readonly timings: Readonly<Record<string, Timing>>;
  readonly rates?: Readonly<Record<string, number>>;
}

type Case = (engine: Engine, o: Options, weights: TensorMap) => Promise<Part>;

const rounded = (value: number) => Math.round(10 * value) / 10;

/** Times an update between two measurements of the matrix rate: on a shared machine that rate changes by the minute. */
const updateCase =
  (name: string, run: typeof mdlmUpdate, flopsOf: (o: Options) => number): Case =>
  async (engine, o, weights) => {
    const before = await matrixRates(engine, 5);
    const { timing, compileMs, programs, peakMiB }: TimedUpdates = await run(engine, o, weights);
    const after = await matrixRates(engine, 5);
    const square = (before.median + after.median) / 2;
    const achieved = flopsOf(o) / timing.ms / 1e6;
    const rates = {
      [`${name}_gflops`]: rounded(achieved),
      [`${name}_square_gflops`]: rounded(square),
      [`${name}_share`]: Math.round((1000 * achieved) / square) / 1000,
      [`${name}_compile_ms`]: compileMs,
      [`${name}_programs`]: programs,
      [`${name}_peak_mib`]: peakMiB,
    };
    return { timings: { [name]: timing }, rates };
  };

const cases: Record<CaseName, Case> = {
  mdlm_update: updateCase("mdlm_update", mdlmUpdate, (o) => updateFlops(modelOf(o), o.sequences)),
  sdtt_update: updateCase("sdtt_update", sdttUpdate, (o) => roundUpdateFlops(modelOf(o), o.sequences, o.substeps)),
  sample: sampleTimings,
  ar_kv: async (engine, o) => ({ timings: { ar_kv: await arTiming(engine, o, o.repeats) } }),
};

/** As a benchmark prints it. */
export function currentCommit(): string {
  const { commit, dirty } = commitOf();
  return `${commit}${dirty ? " and changes" : ""}`;
}

function factsOf(o: Options, engine: Engine) {
  const { width, blocks, heads, length, vocab, sequences, substeps, repeats, steps } = o;
  return {
    machine: machineOf(),
    commit: currentCommit(),
    engine: engine.description,
    parameters: parameterCount(modelParameters(modelOf(o))),
    ...{ width, blocks, heads, length, vocab, batch: sequences, threads: engine.threads, substeps, repeats },
    steps: steps.join(),
  };
}

export async function measure(o: Options): Promise<Measured> {
  const engine = await openEngine(o.engine, o);
  const weights = cheapWeights(modelParameters(modelOf(o)));
  const progress = startProgress({ label: "bench", total: o.only.length, unit: "parts" });
  let [timings, rates]: [Record<string, Timing>, Record<string, number>] = [{}, {}];
  for (const [i, name] of o.only.entries()) {
    progress.update(i, name);
    const part = await cases[name](engine, o, weights);
    [timings, rates] = [
      { ...timings, ...part.timings },
      { ...rates, ...part.rates },
    ];
  }
  progress.update(o.only.length);
  progress.done();
  const peak_mib = Math.round(process.resourceUsage().maxRSS / 1024);
  return { facts: factsOf(o, engine), timings, rates: { ...rates, peak_mib } };
}
