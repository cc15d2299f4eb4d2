/**
 * @file Samplers of networks that are right: what a sampler's order and partner are worth where no ignorance is in the way.
 *
 * The denoiser and the causal network know a puzzle's law exactly, so that what rows miss is what drawing tokens apart costs under that
 * sampler. Ancestral steps have their law beside them, exactly; the others are sampled, with an interval.
 */
import { type Denoiser, type Partner, withPartner } from "@sdtt/core/sampler";
import { type Interval, mean, shareInterval } from "@sdtt/core/statistics";
import { drawSamples, type SampleSet } from "@sdtt/eval/samples";
import { oracle, posterior, type World } from "../world.js";
import type { Puzzle } from "./squares.js";
import { expectedDistinct, tallyOf } from "./tally.js";

/** The perfect causal network of a world: at each position the law of the token after it, given those up to it. */
function causalOracle(world: World): Denoiser {
  const { tokens, length } = world;
  const known = new Map<string, Float64Array>();
  const lawAfter = (row: Int32Array, i: number): Float64Array => {
    const key = row.subarray(0, i + 1).join();
    const seen = Int32Array.from(row, (token, j) => (j <= i ? token : tokens));
    const found = known.get(key) ?? posterior(world, seen).slice((i + 1) * tokens, (i + 2) * tokens);
    known.set(key, found);
    return found;
  };
  return {
    ...{ vocabSize: tokens + 1, maskId: tokens, length },
    async logits(xt, _rows, positions) {
      const logits = new Float32Array(positions.length * (tokens + 1)).fill(-1e4);
      positions.forEach((position, k) => {
        const start = position - (position % length);
        lawAfter(xt.subarray(start, start + length), position % length).forEach((p, v) => {
          if (p > 0) logits[k * (tokens + 1) + v] = Math.log(p);
        });
      });
      return logits;
    },
    dispose: () => known.clear(),
  };
}

/** Denoiser and causal partner, both perfect. */
export function perfectPair(world: World): Denoiser {
  const network = causalOracle(world);
  const partner: Partner = {
    kind: "causal",
    network,
    start: 0,
    decoder: () => {
      throw new Error("a world has no token that begins a row");
    },
    nearest: () => new Int32Array(),
    dispose: () => network.dispose(),
  };
  return withPartner(oracle(world), partner);
}

export interface SamplerCell {
  readonly sampler: string;
  readonly numSteps: number;
  /** Under all seeds together. */
  readonly samples: number;
  /** Of rows that solve the puzzle: the networks are the law's own, so that seeds are of draws alone and all rows are alike. */
  readonly validity: Interval;
  /** Different solutions among the valid rows, over as many even draws' expectation. */
  readonly coverage: number;
  /** Nats that the law of valid rows is short of the even law's. */
  readonly missing: number;
  /** Evaluations a row: of the denoiser, and of the causal network. */
  readonly nfe: number;
  readonly partnerPasses: number;
}

/** Rows at once. */
const sequences = 512;

export interface Draws {
  /** Of each seed. */
  readonly samples: number;
  readonly seeds: readonly number[];
}

/** What a sampler makes of a puzzle in K steps. */
export async function samplerCell(
  puzzle: Puzzle,
  pair: Denoiser,
  sampler: string,
  numSteps: number,
  { samples, seeds }: Draws,
): Promise<SamplerCell> {
  const sets: SampleSet[] = [];
  for (const seed of seeds) {
    sets.push(await drawSamples(pair, numSteps, { samples, sequences, seed, temperature: 1, sampler }));
  }
  const all = samples * seeds.length;
  const { valid, distinct, entropy } = tallyOf(
    puzzle,
    sets.flatMap(({ ids }) => [...ids]),
  );
  const passes = sets.flatMap(({ partnerPasses = [] }) => [...partnerPasses]);
  return {
    ...{ sampler, numSteps, samples: all },
    validity: shareInterval(valid, all),
    coverage: distinct / expectedDistinct(puzzle.rows.length, valid),
    missing: Math.log(puzzle.rows.length) - entropy,
    nfe: mean(sets.flatMap(({ nfe }) => [...nfe])),
    partnerPasses: passes.length > 0 ? mean(passes) : 0,
  };
}
