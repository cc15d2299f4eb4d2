/** @file Intervals of comparisons at matched entropy: gains, steps that a teacher needs, other figures. */
import {
  atEntropy,
  betweenSeeds,
  bootstrap,
  type Cell,
  effectInterval,
  effectOf,
  lnGainOf,
  normalQuantile,
  type SeedBesideTeacher,
  stepsNeeded,
} from "@sdtt/core/statistics";
import { type FigureAt, figureAtEntropy, gainInterval, pointOf as pointOfSamples } from "@sdtt/eval/findings";
import { type Coverage, covered, holds, logFrom } from "./covered.fixture.js";
import { type Draws, pointOf, samplesAt, samplesOf, student, type Truth, teacher, trainings } from "./made.fixture.js";
import { allSteps, lnError, tableOf } from "./seeds.fixture.js";

const frontierOf = (steps: number, n: number, draws: Draws) =>
  (teacher.get(steps) as readonly Truth[]).map((truth) => pointOf(truth, n, draws));
const trueGain = (steps: number) => {
  const { genPpl, entropy } = student.get(steps) as Truth;
  return Math.log((atEntropy(teacher.get(steps) as readonly Truth[], entropy) as number) / genPpl);
};

/** Where the true gain is 1: ln gen-PPL linear in log₂ steps between two of the teacher's step counts. */
function trueSteps(steps: number): number {
  const { genPpl, entropy } = student.get(steps) as Truth;
  const at = (count: number) =>
    Math.log((atEntropy(teacher.get(count) as readonly Truth[], entropy) as number) / genPpl);
  const to = allSteps.findIndex((count) => at(count) <= 0);
  const [from, until] = [allSteps[to - 1] as number, allSteps[to] as number];
  return from * (until / from) ** (at(from) / (at(from) - at(until)));
}

/** Three seeds of a student beside its teacher; other rounds tell how much trainings vary. */
function seedsOf(variation: number, draws: Draws) {
  const moved = trainings(3, variation, draws);
  const teachers = moved.map(
    () => new Map(allSteps.map((count) => [count, frontierOf(count, samplesAt(count), draws)])),
  );
  const at = (steps: number): SeedBesideTeacher[] =>
    moved.map((shift, seed) => {
      const { genPpl, entropy } = student.get(steps) as Truth;
      const own = pointOf({ genPpl: genPpl * Math.exp(shift), entropy }, samplesAt(steps), draws);
      return {
        model: `seed ${seed}`,
        draws: seed,
        student: own,
        teacher: teachers[seed] as SeedBesideTeacher["teacher"],
      };
    });
  return [4, 8, 16].map((steps) => ({ steps, seeds: at(steps) }));
}

function gainCell(steps: number, seeds: readonly SeedBesideTeacher[]): Cell {
  const replicates = seeds.flatMap(({ model, student: own, teacher: temperatures }) => {
    const gain = lnGainOf(temperatures.get(steps) ?? [], own);
    return gain ? [{ ...gain, model }] : [];
  });
  return { replicates, line: "round 5" };
}

export const matched = (): Coverage[] =>
  [0, 0.03, 0.08].flatMap((variation) => {
    const counted = (what: string, trial: (draws: Draws) => readonly boolean[]) =>
      covered(`${what}, trainings ${100 * variation} %`, 400, trial);
    const withOthers = (draws: Draws) => {
      const all = seedsOf(variation, draws);
      const others = tableOf({ rounds: 4, seeds: 3, steps: [4, 8, 16], variation: variation / lnError(4) }, draws);
      return { all, between: betweenSeeds([...all.map(({ steps, seeds }) => gainCell(steps, seeds)), ...others]) };
    };
    return [
      counted("gain at matched entropy, 3 seeds", (draws) => {
        const { all, between } = withOthers(draws);
        return all.map(({ steps, seeds }) =>
          holds(effectInterval(effectOf(gainCell(steps, seeds), between)), trueGain(steps)),
        );
      }),
      counted("teacher steps for the same text, 3 seeds", (draws) => {
        const { all, between } = withOthers(draws);
        return all.map(({ steps, seeds }) => {
          const needed = stepsNeeded(seeds, between);
          return !("outside" in needed) && holds(needed.steps, trueSteps(steps));
        });
      }),
    ];
  });

export const oneSeed = (): Coverage[] => [
  covered("gain at matched entropy, one seed, from its row", 1000, (draws) =>
    seedsOf(0, draws).map(({ steps, seeds }) => {
      const [gain] = gainCell(steps, seeds.slice(0, 1)).replicates;
      return gain !== undefined && holds(logFrom({ ...gain, stderr: gain.stderr ?? Number.NaN }), trueGain(steps));
    }),
  ),
  covered("gain at matched entropy, one seed, bootstrap of 256 samples", 400, (draws) => {
    const own = samplesOf(student.get(4) as Truth, 256, draws);
    const frontier = (teacher.get(4) as readonly Truth[]).map((truth) => samplesOf(truth, 256, draws));
    const found = gainInterval(frontier, own, { random: draws.stream, resamples: 300 });
    return [holds(found, Math.exp(trueGain(4)))];
  }),
  covered("teacher steps for the same text, one seed", 600, (draws) =>
    seedsOf(0, draws).map(({ steps, seeds }) => {
      const needed = stepsNeeded(seeds.slice(0, 1));
      return !("outside" in needed) && holds(needed.steps, trueSteps(steps));
    }),
  ),
  covered("ratio of two models over the same draws, bootstrap of 128 samples", 1000, (draws) => {
    const [a, b] = [
      samplesOf({ genPpl: 500, entropy: 4.2 }, 128, draws),
      samplesOf({ genPpl: 600, entropy: 4.2 }, 128, draws),
    ];
    // Half of what a sample scatters by is that of its draw.
    const shared = a.sums.map((sum, i) => sum / (a.counts[i] as number) - Math.log(500));
    const other = { ...b, sums: b.sums.map((sum, i) => sum + (b.counts[i] as number) * (shared[i] as number)) };
    const ratio = (indices: Int32Array) => pointOfSamples(a, indices).genPpl / pointOfSamples(other, indices).genPpl;
    return [holds(bootstrap(a.sums.length, ratio, { random: draws.stream, resamples: 300 }), 500 / 600)];
  }),
];

/** A figure of samples (self-BLEU, say) at τ = 1, 0.9, 0.8, and a student's between them; errors go together by `correlation`. */
function atMatchedEntropy(correlation: number, { normal }: Draws): boolean {
  const [error, entropyError] = [0.004, 0.006];
  const at = (value: number, entropy: number): FigureAt => {
    const [a, b] = [normal(), normal()];
    const own = correlation * a + Math.sqrt(1 - correlation ** 2) * b;
    return {
      ...{ value: value + error * a, entropy: entropy + entropyError * own },
      ...{ stderr: error, entropyStderr: entropyError },
    };
  };
  const [top, middle, low] = [at(0.05, 4.3), at(0.1, 4.2), at(0.2, 4.1)];
  const { difference: value, stderr } = figureAtEntropy([top, middle, low], at(0.17, 4.15)) ?? {
    difference: 0,
    stderr: 0,
  };
  return Math.abs(value - 0.02) <= normalQuantile() * stderr;
}

export const matchedFigures = (): Coverage[] => [
  covered("figure of samples at matched entropy, one seed, errors independent", 3000, (draws) => [
    atMatchedEntropy(0, draws),
  ]),
  {
    ...covered("the same where errors of figure and entropy go together by −0.5", 3000, (draws) => [
      atMatchedEntropy(-0.5, draws),
    ]),
    isCareful: true,
  },
];
