/** @file Samples as `curve` and `reference` draw them, timed: ancestral steps, and the AR baseline with its cache. */
import type { TensorMap } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import { modelParameters } from "@sdtt/core/model";
import { type Denoiser, openDecoder, openDenoiser, sampleAncestral, sampleAutoregressive } from "@sdtt/core/sampler";
import { quantilesOf } from "@sdtt/core/statistics";
import { modelOf, type Options, type Size } from "./options.js";
import { cheapWeights } from "./realSize/cases.js";
import { type Timing, timed } from "./timing.js";

/** The same denoiser, and how long it was asked since `restart`, ms. */
function watched(denoiser: Denoiser) {
  let asked = 0;
  const logits: Denoiser["logits"] = async (...given) => {
    const started = performance.now();
    const found = await denoiser.logits(...given);
    asked += performance.now() - started;
    return found;
  };
  const { vocabSize, maskId, length } = denoiser;
  const same: Denoiser = { vocabSize, maskId, length, logits, dispose: () => denoiser.dispose() };
  return { denoiser: same, restart: () => (asked = 0), asked: () => asked };
}

/** Times of samples, and the share of each that is not the network's: draws and bookkeeping. */
export async function sampleTimings(engine: Engine, o: Options, weights: TensorMap) {
  const { denoiser, restart, asked } = watched(openDenoiser(engine, modelOf(o), weights));
  const timings: Record<string, Timing> = {};
  const rates: Record<string, number> = {};
  for (const numSteps of o.steps) {
    const shares: number[] = [];
    const run = async () => {
      restart();
      const started = performance.now();
      await sampleAncestral(denoiser, { numSteps, batch: o.sequences, seed: 1 });
      shares.push(1 - asked() / (performance.now() - started));
    };
    timings[`sample_${numSteps}`] = await timed(run, o.repeats, o.sequences * o.length);
    const warm = shares.slice(-o.repeats);
    rates[`sample_${numSteps}_host_share`] = Math.round(1000 * quantilesOf(warm)(0.5)) / 1000;
  }
  denoiser.dispose();
  return { timings, rates };
}

/** A network with a token more than L, the given first one: so L tokens are drawn in L evaluations, as the peer's. */
export async function arTiming(engine: Engine, size: Size, repeats: number): Promise<Timing> {
  const model = modelOf({ ...size, length: size.length + 1 }, true);
  const decoder = openDecoder(engine, model, cheapWeights(modelParameters(model)));
  const run = () => sampleAutoregressive(decoder, { batch: size.sequences, start: 0, seed: 1 });
  const timing = await timed(run, repeats, size.sequences * size.length);
  decoder.dispose();
  return timing;
}
