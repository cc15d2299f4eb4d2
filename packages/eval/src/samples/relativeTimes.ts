/**
 * @file Times of samples by the samplers that draw them, in units of an ancestral step (`metrics/latency/relativeTime.ts`).
 */
import type { Engine } from "@sdtt/core/engine";
import type { Denoiser } from "@sdtt/core/sampler";
import { mean } from "@sdtt/core/statistics";
import type { EvaluationIdentity } from "@sdtt/core/store";
import { definitionOf } from "../metrics/contract.js";
import { relativeTimeFigure } from "../metrics/latency/relativeTime.js";
import { processorTime, type Spread, spreadOf, timesInTurn } from "../metrics/latency/timing.js";
import { drawnAs } from "./cellIdentity.js";
import { openSubject, type Sampled } from "./cells.js";
import { drawSamples, type SamplingSettings } from "./sampleSet.js";

/** Steps of the samples that the unit is taken from. */
const unitSteps = 16;

interface Way {
  readonly subject: Sampled;
  readonly sampler: string;
  readonly steps: number;
}

export interface TimesRequest {
  /** Sequences at once. */
  readonly sequences: number;
  /** Timed turns, after one that warms up. */
  readonly repeats: number;
  readonly seed: number;
}

const settingsOf = ({ sequences, seed }: TimesRequest, sampler: string): SamplingSettings => {
  return { samples: sequences, sequences, seed, temperature: 1, sampler };
};

export interface RelativeTime extends Way {
  /** In ancestral steps of the unit. */
  readonly times: Spread;
}

/** A time by that of the unit of its own turn. Shapes   [turns], [turns] → [turns] */
export const inUnits = (own: readonly number[], unit: readonly number[], nfe: number): number[] =>
  own.map((time, turn) => (nfe * time) / (unit[turn] as number));

/** Each way's time of a sample; `unit` is whose ancestral steps are one. */
export async function relativeTimes(
  engine: Engine,
  unit: Sampled,
  ways: readonly Way[],
  request: TimesRequest,
  onRun?: () => void,
): Promise<RelativeTime[]> {
  const opened = new Map<string, Denoiser>();
  const denoiserOf = ({ subject, sampler }: Way) => {
    const key = `${subject.checkpoint.hash} ${sampler}`;
    const found = opened.get(key) ?? openSubject(engine, subject, settingsOf(request, sampler));
    opened.set(key, found);
    return found;
  };
  let nfe = unitSteps;
  const run = (way: Way) => () => drawSamples(denoiserOf(way), way.steps, settingsOf(request, way.sampler));
  const ofUnit = run({ subject: unit, sampler: "ancestral", steps: unitSteps });
  const first = async () => {
    nfe = mean((await ofUnit()).nfe);
  };
  try {
    const [own = [], ...others] = await timesInTurn([first, ...ways.map(run)], request.repeats, onRun, processorTime);
    return ways.map((way, k) => ({ ...way, times: spreadOf(inUnits(others[k] ?? [], own, nfe)) }));
  } finally {
    for (const denoiser of opened.values()) denoiser.dispose();
  }
}

/** Processor time of one of a sample's ancestral steps, ms: the unit of relative times, here and now. */
export async function unitTime(engine: Engine, unit: Sampled, request: TimesRequest): Promise<number> {
  const denoiser = openSubject(engine, unit, settingsOf(request, "ancestral"));
  let steps = 0;
  const run = async () => {
    const { nfe } = await drawSamples(denoiser, unitSteps, settingsOf(request, "ancestral"));
    steps = nfe.reduce((sum, own) => sum + own, 0);
  };
  try {
    const [times = []] = await timesInTurn([run], request.repeats, undefined, processorTime);
    return spreadOf(times).median / steps;
  } finally {
    denoiser.dispose();
  }
}

/** What a stored time is known by. */
export function relativeTimeIdentity(
  unitHash: string,
  { subject, sampler, steps }: Way,
  request: TimesRequest,
): EvaluationIdentity {
  const { name: metric } = relativeTimeFigure;
  const of = { subjectHash: subject.checkpoint.hash, metric, definition: definitionOf(relativeTimeFigure) };
  const drawn = { ...drawnAs(subject, settingsOf(request, sampler)), n: request.repeats, batch: request.sequences };
  return { ...of, referenceHash: unitHash, ...drawn, steps };
}
