/**
 * @file How long samples take: a denoiser in K steps and the AR baseline with its cache of keys and values, in turn.
 */
import type { TensorMap } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import type { ModelConfig } from "@sdtt/core/model";
import { openDecoder, openDenoiser, sampleAncestral, sampleAutoregressive } from "@sdtt/core/sampler";
import type { EvaluationIdentity } from "@sdtt/core/store";
import { definitionOf, type FigureDeclaration } from "../contract.js";
import { type Spread, spreadOf, timesInTurn } from "./timing.js";

export interface LoadedModel {
  readonly model: ModelConfig;
  readonly tensors: TensorMap;
}

export interface LatencyRequest {
  readonly steps: readonly number[];
  /** Sequences at once. */
  readonly batch: number;
  /** Timed runs of each, after one that warms up. */
  readonly repeats: number;
  readonly seed: number;
}

export interface Latency {
  readonly batch: number;
  /** Sampling steps; left out for the AR baseline. */
  readonly steps?: number;
  /** Tokens that are drawn, over the batch. */
  readonly tokens: number;
  /** Of a whole batch. */
  readonly ms: Spread;
}

/** Latencies of a batch, the baseline's last; weights of the two may be the same arrays. */
export async function latenciesOf(
  engine: Engine,
  denoises: LoadedModel,
  baseline: LoadedModel | undefined,
  { steps, batch, repeats, seed }: LatencyRequest,
  onRun?: () => void,
): Promise<Latency[]> {
  const denoiser = openDenoiser(engine, denoises.model, denoises.tensors);
  const decoder = baseline && openDecoder(engine, baseline.model, baseline.tensors);
  try {
    const runs = steps.map((numSteps) => () => sampleAncestral(denoiser, { numSteps, batch, seed }));
    const reads = decoder ? [() => sampleAutoregressive(decoder, { batch, start: 0, seed })] : [];
    const times = await timesInTurn([...runs, ...reads], repeats, onRun);
    return times.map(spreadOf).map((ms, k): Latency => {
      const count = steps[k];
      // The baseline's first token is given.
      const drawn = count === undefined ? (baseline as LoadedModel).model.length - 1 : denoises.model.length;
      return { batch, ...(count !== undefined && { steps: count }), tokens: batch * drawn, ms };
    });
  } finally {
    denoiser.dispose();
    decoder?.dispose();
  }
}

export const latencyFigure: FigureDeclaration = {
  name: "ms-per-sample",
  version: 1,
  what: "median time of a batch over its sequences, warm, in turn with what it is compared with",
  unit: "ms",
  scale: "linear",
  better: "lower",
  errorOver: "runs",
};

/** What a stored latency is known by; the run says on which machine. */
export function latencyIdentity(
  subjectHash: string,
  { batch, repeats, seed }: Omit<LatencyRequest, "steps">,
  steps?: number,
): EvaluationIdentity {
  const { name: metric } = latencyFigure;
  const of = { subjectHash, metric, definition: definitionOf(latencyFigure), seed, temperature: 1, n: repeats, batch };
  return { ...of, ...(steps !== undefined && { steps }) };
}

/** Time of one sample, half the distance of its quartiles as the error. */
export function msPerSample({ batch, ms }: Latency): { value: number; stderr: number } {
  return { value: ms.median / batch, stderr: (ms.high - ms.low) / 2 / batch };
}
