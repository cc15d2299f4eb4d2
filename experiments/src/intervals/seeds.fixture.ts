/** @file Intervals of figures as they are: over the samples of a cell, and over seeds. */
import { betweenSeeds, type Cell, effectInterval, effectOf } from "@sdtt/core/statistics";
import { type Coverage, covered, type Ends, holds, logFrom } from "./covered.fixture.js";
import { type Draws, judged, samplesAt, samplesOf, trainings } from "./made.fixture.js";

/** One cell's own samples. */
export const overSamples = (): Coverage[] =>
  [32, 128, 512].flatMap((n) => [
    covered(`gen-PPL over ${n} samples of unlike length`, 3000, (draws) => {
      const { genPpl, lnStderr } = judged(samplesOf({ genPpl: 500, entropy: 4.2 }, n, draws));
      return [holds(logFrom({ value: Math.log(genPpl), stderr: lnStderr }), Math.log(500))];
    }),
  ]);

export const entropyRow = (): Coverage =>
  covered("entropy over 32 samples", 3000, (draws) => {
    const { entropy, entropyStderr } = judged(samplesOf({ genPpl: 500, entropy: 4.2 }, 32, draws));
    return [holds(logFrom({ value: entropy, stderr: entropyStderr }), 4.2)];
  });

interface Table {
  readonly rounds: number;
  readonly seeds: number;
  /** Of trainings, by the sampling error at 4 steps. */
  readonly variation: number;
  readonly steps: readonly number[];
}

export const lnError = (steps: number) => 0.39 / Math.sqrt(samplesAt(steps));

/** Cells whose true value is 0, a line a round; each seed's training moves all of its step counts alike. */
export function tableOf({ rounds, seeds, variation, steps }: Table, draws: Draws): Cell[] {
  return Array.from({ length: rounds }, (_, round) => {
    const moved = trainings(seeds, variation * lnError(4), draws);
    return steps.map((count): Cell => {
      const replicates = moved.map((value, seed) => {
        return { value: value + lnError(count) * draws.normal(), stderr: lnError(count), model: `${round} ${seed}` };
      });
      return { replicates, line: `round ${round}` };
    });
  }).flat();
}

const intervalsOf = (cells: readonly Cell[], of = cells): Ends[] => {
  const between = betweenSeeds(of);
  return cells.map((cell) => effectInterval(effectOf(cell, between)));
};
export const allSteps = [4, 8, 16, 32, 64, 128];
const whole = { rounds: 5, seeds: 3, steps: allSteps };

/** Figures over seeds: of a whole table, of one round's, of a single cell, of a round that has one seed. */
export const overSeeds = (): Coverage[] =>
  [0, 0.5, 1, 2, 5].flatMap((variation) => {
    const of = (what: string) => `${what}, trainings ${variation} times a sample's error`;
    const simulated = (what: string, table: Omit<Table, "variation">, trials: number) =>
      covered(of(what), trials, (draws) =>
        intervalsOf(tableOf({ ...table, variation }, draws)).map((one) => holds(one, 0)),
      );
    return [
      simulated("table of 5 rounds × 6 step counts, 3 seeds", whole, 400),
      simulated("table of 2 rounds × 6 step counts, 3 seeds", { ...whole, rounds: 2 }, 800),
      simulated("one cell alone, 3 seeds", { rounds: 1, seeds: 3, steps: [4] }, 4000),
      covered(of("a round of one seed in a table of three"), 2000, (draws) => {
        const [first, ...others] = tableOf({ ...whole, variation }, draws) as [Cell, ...Cell[]];
        const single = { ...first, replicates: first.replicates.slice(0, 1) };
        return intervalsOf([single], [single, ...others]).map((one) => holds(one, 0));
      }),
    ];
  });

/** A ratio seed by seed: two models' samples, and what the student's training adds. */
export const ratioRow = (): Coverage =>
  covered("ratio to the teacher by seed, 5 rounds × 2 step counts, 3 seeds", 1000, (draws) => {
    const cells = [0, 1, 2, 3, 4].flatMap((round) => {
      const moved = trainings(3, 0.02, draws);
      return [4, 8].map((steps): Cell => {
        const replicates = moved.map((value, seed) => {
          const noise = lnError(steps) * (draws.normal() - draws.normal());
          return { value: value + noise, stderr: Math.SQRT2 * lnError(steps), model: `${round} ${seed}` };
        });
        return { replicates, line: `${round}` };
      });
    });
    return intervalsOf(cells).map((one) => holds(one, 0));
  });
