/**
 * @file What a threshold may cost, prompt by prompt: the difference from revealing one token at a time.
 *
 * Differences beyond ±`most` count as ±`most`: the guarantee needs losses with bounds, and holds of the losses so cut.
 */
import type { Continued } from "./continued.js";

export const lossNames = ["likelihood", "entropy"] as const;
export type LossName = (typeof lossNames)[number];

interface Loss {
  readonly definition: string;
  readonly what: string;
  /** Nats. */
  readonly most: number;
  of(continued: Continued, reference: Continued): number[];
}

const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((x, i) => x - (b[i] as number));

export const losses: Readonly<Record<LossName, Loss>> = {
  likelihood: {
    definition: "excess-nll@1",
    what: "nats a token that the judge finds continuations less likely than those written one token at a time",
    most: 2,
    of: ({ nll }, reference) => minus(nll, reference.nll),
  },
  entropy: {
    definition: "lost-entropy@1",
    what: "nats of unigram entropy that continuations lose against those written one token at a time",
    most: 2,
    of: ({ entropy }, reference) => minus(reference.entropy, entropy),
  },
};

/** The losses as they count. */
export function countedLosses(name: LossName, continued: Continued, reference: Continued): number[] {
  const { most, of } = losses[name];
  return of(continued, reference).map((loss) => Math.min(most, Math.max(-most, loss)));
}
