/**
 * @file Samples of one checkpoint under one way of sampling: drawn once, kept in a file, judged as often as one likes.
 *
 *   ROOT/samples/KEY.safetensors · ids [n, L] · revealSteps [n, L] · nfe [n] · partnerPasses [n] where there is one
 *   ROOT/samples/KEY.JUDGE.DEFINITION.json · what a judge said of each
 *
 * Sample i depends on nothing but seed and i, so a set that is too small is grown, and one that was cut off by a kill
 * goes on where it was last saved. The files may be deleted at any time: what the store has is not drawn again.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { int32 } from "@sdtt/core/base";
import { readSafetensors, writeSafetensors } from "@sdtt/core/checkpoint";
import { writeFileAtomic } from "@sdtt/core/files";
import { type Denoiser, parseSampler, type Sampler, sampleWith } from "@sdtt/core/sampler";
import type { Tokenizer } from "@sdtt/core/text";
import { canonicalJson } from "@sdtt/core/workspace";
import type { Judge } from "../judge/judge.js";
import { type GenPplDefinition, type Scores, scoreSamples } from "../metrics/text/genPpl.js";
import { hashOf } from "../record/hash.js";

export interface SamplingSettings {
  readonly samples: number;
  /** The number of the first sample: 0, or where a shard begins. */
  readonly first?: number | undefined;
  /** Sequences sampled at once; changes no figure. */
  readonly sequences: number;
  readonly seed: number;
  readonly temperature: number;
  /** As `parseSampler` reads it (a file is loaded before), or itself; default: ancestral. */
  readonly sampler?: string | Sampler | undefined;
  /** Default: 1. */
  readonly topP?: number | undefined;
}

export interface SampleSet {
  readonly ids: readonly Int32Array[];
  readonly revealSteps: readonly Int32Array[];
  /** Network evaluations of each sample. */
  readonly nfe: readonly number[];
  /** Of the sampler's second network; none where it has none. */
  readonly partnerPasses?: readonly number[];
  /** Sampling alone. */
  readonly wallMs: number;
}

/** Rows of which some tokens are given: a prompt. */
export interface GivenRows {
  readonly length: number;
  /** Given tokens of sample i, −1 where free. [length] */
  at(i: number): Int32Array;
}

interface Progress {
  readonly onStep?: (() => void) | undefined;
  readonly onBatch?: (set: SampleSet) => void;
}

const nothing: SampleSet = { ids: [], revealSteps: [], nfe: [], wallMs: 0 };

/** Rows of one length, one after the other. */
function joined(rows: readonly Int32Array[]): Int32Array {
  const length = rows[0]?.length ?? 0;
  const all = new Int32Array(rows.length * length);
  rows.forEach((row, i) => {
    all.set(row, i * length);
  });
  return all;
}

/**
 * Samples in batches of `sequences`, after those that are there already.
 *
 * Holds    sample i is the same whatever the batches
 */
export async function drawSamples(
  denoiser: Denoiser,
  numSteps: number,
  settings: SamplingSettings,
  { onStep, onBatch, have = nothing, given }: Progress & { have?: SampleSet; given?: GivenRows | undefined } = {},
): Promise<SampleSet> {
  const { samples, first: begins = 0, sequences, seed, temperature, topP = 1 } = settings;
  const sampler = parseSampler(settings.sampler ?? "ancestral");
  const { length } = given ?? denoiser;
  const [ids, revealSteps] = [[...have.ids], [...have.revealSteps]];
  const [nfe, partnerPasses] = [[...have.nfe], [...(have.partnerPasses ?? [])]];
  const started = performance.now() - have.wallMs;
  const set = () => ({ ids, revealSteps, nfe, partnerPasses, wallMs: Math.round(performance.now() - started) });
  for (let first = ids.length; first < samples; first += sequences) {
    const batch = Math.min(sequences, samples - first);
    const fixed = given && joined(Array.from({ length: batch }, (_, i) => given.at(begins + first + i)));
    const options = { numSteps, batch, length, seed, first: begins + first, temperature, topP };
    const drawn = await sampleWith(sampler, denoiser, {
      ...options,
      ...(fixed && { fixed }),
      ...(onStep && { onStep }),
    });
    for (let i = 0; i < batch; i++) {
      ids.push(drawn.ids.slice(i * length, (i + 1) * length));
      revealSteps.push(drawn.revealSteps.slice(i * length, (i + 1) * length));
      nfe.push(drawn.nfe[i] as number);
      if (drawn.partnerPasses) partnerPasses.push(drawn.partnerPasses[i] as number);
    }
    onBatch?.(set());
  }
  return set();
}

/** What makes a set this one and no other; how many samples it has does not. */
export interface SetIdentity {
  readonly checkpointHash: string;
  readonly length: number;
  readonly steps: number;
  /** Who takes which steps, where it is not one student. */
  readonly schedule?: string;
  /** Whom the sampler asks beside. */
  readonly partner?: string;
  /** Where it looks for neighbours. */
  readonly datastore?: string;
  /** Prompts, where there are any. */
  readonly prompts?: string;
}

export function setPath(root: string, identity: SetIdentity, settings: SamplingSettings): string {
  const { seed, temperature, topP = 1, sampler = "ancestral" } = settings;
  const facts = { ...identity, seed, temperature, topP, sampler: parseSampler(sampler).written };
  const key = hashOf(canonicalJson(facts)).slice(0, 32);
  return join(root, "samples", `${key}.safetensors`);
}

export function saveSet(path: string, { ids, revealSteps, nfe, partnerPasses = [], wallMs }: SampleSet): void {
  const length = ids[0]?.length ?? 0;
  const rows = (all: readonly Int32Array[]) => int32([all.length, length], joined(all));
  const tensors = { ids: rows(ids), revealSteps: rows(revealSteps), nfe: int32([nfe.length], nfe) };
  const passes = partnerPasses.length > 0 && { partnerPasses: int32([partnerPasses.length], partnerPasses) };
  writeSafetensors(path, { ...tensors, ...passes, wallMs: int32([1], [wallMs]) });
}

/** The set in a file, or an empty one where there is none. */
export function loadSet(path: string): SampleSet {
  if (!existsSync(path)) return nothing;
  const { ids, revealSteps, nfe, partnerPasses, wallMs } = readSafetensors(path).tensors;
  if (!ids || !revealSteps || !nfe || !wallMs) return nothing;
  const [count, length] = ids.shape as [number, number];
  const rows = ({ data }: { data: ArrayLike<number> }) =>
    Array.from({ length: count }, (_, i) => (data as Int32Array).slice(i * length, (i + 1) * length));
  const counts = { nfe: Array.from(nfe.data), partnerPasses: Array.from(partnerPasses?.data ?? []) };
  return { ids: rows(ids), revealSteps: rows(revealSteps), ...counts, wallMs: Number(wallMs.data[0]) };
}

/** The first `count` samples; the time is their share. */
export function firstOf({ ids, revealSteps, nfe, partnerPasses = [], wallMs }: SampleSet, count: number): SampleSet {
  const take = <T>(all: readonly T[]) => all.slice(0, count);
  const share = ids.length === 0 ? 0 : Math.min(1, count / ids.length);
  const counts = { nfe: take(nfe), partnerPasses: take(partnerPasses) };
  return { ids: take(ids), revealSteps: take(revealSteps), ...counts, wallMs: Math.round(wallMs * share) };
}

const savedEveryMs = 20_000;

/** `drawSamples`, as far as the file does not have them; saved while they are drawn and at the end. */
export async function keptSamples(
  path: string,
  denoiser: () => Denoiser,
  numSteps: number,
  settings: SamplingSettings,
  { onStep, given }: { onStep?: (() => void) | undefined; given?: GivenRows } = {},
): Promise<SampleSet> {
  const have = loadSet(path);
  if (have.ids.length >= settings.samples) return firstOf(have, settings.samples);
  let saved = performance.now();
  let latest: SampleSet | undefined;
  const onBatch = (set: SampleSet) => {
    latest = set;
    if (performance.now() - saved < savedEveryMs) return;
    saveSet(path, set);
    saved = performance.now();
  };
  // A stop ends the process within a batch; those before it are kept.
  const onExit = () => latest && saveSet(path, latest);
  process.once("exit", onExit);
  try {
    const set = await drawSamples(denoiser(), numSteps, settings, { onStep, onBatch, have, given });
    saveSet(path, set);
    return set;
  } finally {
    process.off("exit", onExit);
  }
}

/** `scoreSamples`, as far as the file beside the set does not have them. */
export async function keptScores(
  path: string,
  definition: GenPplDefinition,
  samples: readonly Int32Array[],
  tokenizer: Tokenizer,
  judge: Judge,
): Promise<Scores> {
  const file = path.replace(/\.safetensors$/, `.${judge.hash.slice(0, 16)}.${definition}.json`);
  const have: Scores = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { sums: [], counts: [] };
  const done = Math.min(have.sums.length, samples.length);
  const [sums, counts] = [have.sums.slice(0, done), have.counts.slice(0, done)];
  if (done === samples.length) return { sums, counts };
  const found = await scoreSamples(definition, samples.slice(done), tokenizer, judge);
  const all = { sums: [...sums, ...found.sums], counts: [...counts, ...found.counts] };
  writeFileAtomic(file, JSON.stringify(all));
  return all;
}
