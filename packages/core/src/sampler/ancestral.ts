/**
 * @file Ancestral sampling: K steps from all masked to all revealed, with network evaluations counted.
 *
 * A step that reveals nothing in a row costs that row nothing, and the head is computed for revealed positions only:
 * neither changes the law. Each row draws from streams of its own, so sample i does not depend on the batch it is in.
 */
import { userError } from "../errors.js";
import { type RandomStream, randomStream } from "../random.js";
import { drawToken } from "./categorical.js";
import type { Denoiser } from "./denoiser.js";
import { revealedPositions, timeGrid } from "./reveal.js";

export interface SampleOptions {
  readonly numSteps: number;
  /** Sequences. */
  readonly batch: number;
  /** Tokens a sequence; default: the model's. */
  readonly length?: number;
  readonly seed: number;
  /** Index of the first sequence: sequence i of a later batch draws as if all were sampled at once. */
  readonly first?: number;
  readonly temperature?: number;
  /** Given tokens [batch · length], −1 where free: a prompt or an infill. */
  readonly fixed?: Int32Array;
  readonly onStep?: (step: number) => void;
}

export interface Samples {
  /** [batch · length] */
  readonly ids: Int32Array;
  /** Network evaluations of each sequence: steps that revealed something in it. [batch] */
  readonly nfe: Int32Array;
  /** The step (from 1) that revealed each token; 0 where it was given. [batch · length] */
  readonly revealSteps: Int32Array;
}

interface Row {
  readonly offset: number;
  readonly reveal: RandomStream;
  readonly draw: RandomStream;
  masked: number[];
}

function check(options: SampleOptions): void {
  const { numSteps, temperature = 1 } = options;
  if (!Number.isInteger(numSteps) || numSteps < 1) {
    const rule = "numSteps must be a positive integer";
    throw userError("sampler", rule, `${numSteps} (flag --steps)`, "Give one or more counts, as in --steps=8,32.");
  }
  if (!(temperature > 0)) {
    throw userError("sampler", "temperature must be above 0", temperature, "Give a value such as 0.9 or 1.");
  }
}

function startRows(ids: Int32Array, batch: number, length: number, maskId: number, options: SampleOptions): Row[] {
  return Array.from({ length: batch }, (_, i) => {
    const index = (options.first ?? 0) + i;
    const offset = i * length;
    const masked = Array.from({ length }, (_, j) => j).filter((j) => ids[offset + j] === maskId);
    const stream = (what: string) => randomStream(options.seed, "sample", what, index);
    return { offset, reveal: stream("reveal"), draw: stream("draw"), masked };
  });
}

/**
 * Samples x0 from the K-step law of the denoiser.
 *
 * Holds    a given or revealed token never changes
 * Holds    NFE ≤ min(K, L) for each sequence
 * Throws   UserError when numSteps or temperature make no sense
 * Source   arXiv 2406.07524 §3.3; differs: drawn by inverse CDF in float64, last step at s = 0
 */
export async function sampleAncestral(denoiser: Denoiser, options: SampleOptions): Promise<Samples> {
  check(options);
  const { numSteps, batch, length = denoiser.length, temperature = 1 } = options;
  const ids = new Int32Array(batch * length).fill(denoiser.maskId);
  options.fixed?.forEach((token, i) => {
    if (token >= 0) ids[i] = token;
  });
  const rows = startRows(ids, batch, length, denoiser.maskId, options);
  const nfe = new Int32Array(batch);
  const revealSteps = new Int32Array(ids.length);
  const times = timeGrid(numSteps);
  for (let step = 1; step <= numSteps; step++) {
    const [t, s] = [times[step - 1] as number, times[step] as number];
    const active = rows
      .map((row) => ({ row, revealed: revealedPositions(row.reveal, row.masked, s, t) }))
      .filter(({ revealed }) => revealed.length > 0);
    if (active.length > 0) {
      const xt = new Int32Array(active.length * length);
      active.forEach(({ row }, i) => {
        xt.set(ids.subarray(row.offset, row.offset + length), i * length);
      });
      const positions = active.flatMap(({ revealed }, i) => revealed.map((j) => i * length + j));
      const logits = await denoiser.logits(xt, active.length, positions);
      let taken = 0;
      for (const { row, revealed } of active) {
        nfe[row.offset / length] = (nfe[row.offset / length] as number) + 1;
        for (const j of revealed) {
          const offset = taken++ * denoiser.vocabSize;
          ids[row.offset + j] = drawToken(logits, offset, denoiser.vocabSize, row.draw.uniform(), temperature);
          revealSteps[row.offset + j] = step;
        }
        const gone = new Set(revealed);
        row.masked = row.masked.filter((j) => !gone.has(j));
      }
    }
    options.onStep?.(step);
  }
  return { ids, nfe, revealSteps };
}
