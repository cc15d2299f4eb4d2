/** @file Samples as `curve` and `reference` draw them, timed: ancestral steps, and the AR baseline with its cache. */
import {
  type Engine,
  modelParameters,
  openDecoder,
  openDenoiser,
  sampleAncestral,
  sampleAutoregressive,
  type TensorMap,
} from "@sdtt/core";
import { cheapWeights } from "../realSize/cases.js";
import { modelOf, type Options, type Size } from "./options.js";
import { type Timing, timed } from "./timing.js";

export async function sampleTimings(engine: Engine, o: Options, weights: TensorMap): Promise<Record<string, Timing>> {
  const denoiser = openDenoiser(engine, modelOf(o), weights);
  const found: Record<string, Timing> = {};
  for (const numSteps of o.steps) {
    const run = () => sampleAncestral(denoiser, { numSteps, batch: o.sequences, seed: 1 });
    found[`sample_${numSteps}`] = await timed(run, o.repeats, o.sequences * o.length);
  }
  denoiser.dispose();
  return found;
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
