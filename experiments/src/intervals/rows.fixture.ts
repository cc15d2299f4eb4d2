/**
 * @file How often each kind of interval holds the truth, on made-up data whose truth is known.
 */
import {
  atEntropy,
  betweenSeeds,
  bootstrap,
  type Cell,
  type Effect,
  effectInterval,
  effectOf,
  familyVerdicts,
  lnGainOf,
  normalQuantile,
  pairedByItem,
  type SeedBesideTeacher,
  shareInterval,
  stepsNeeded,
} from "@sdtt/core/statistics";
import { type FigureAt, figureAtEntropy, gainInterval, pointOf as pointOfSamples } from "@sdtt/eval/findings";
import {
  type Draws,
  drawsOf,
  judged,
  pointOf,
  samplesAt,
  samplesOf,
  student,
  type Truth,
  teacher,
  trainings,
} from "./made.fixture.js";
import { ofTexts } from "./texts.fixture.js";

export interface Coverage {
  readonly what: string;
  /** Per cent of the intervals that hold the truth; of families, per cent of tables without a false verdict. */
  readonly covered: number;
  readonly trials: number;
  /** Known to hold the truth more often than it says: asked for is only that it does so no less. */
  readonly isCareful?: boolean;
}

type Ends = { readonly low: number; readonly high: number } | undefined;
const holds = (ends: Ends, truth: number) => ends !== undefined && ends.low <= truth && truth <= ends.high;

/** Each trial gives whether each of its intervals held. */
function covered(what: string, trials: number, trial: (draws: Draws) => readonly boolean[]): Coverage {
  const draws = drawsOf(what);
  const all = Array.from({ length: trials }, () => trial(draws)).flat();
  return { what, covered: (100 * all.filter(Boolean).length) / all.length, trials: all.length };
}

const logFrom = ({ value, stderr }: { value: number; stderr: number }): Ends => {
  const half = normalQuantile() * stderr;
  return { low: value - half, high: value + half };
};

/** One cell's own samples. */
const overSamples = (): Coverage[] =>
  [32, 128, 512].flatMap((n) => [
    covered(`gen-PPL over ${n} samples of unlike length`, 3000, (draws) => {
      const { genPpl, lnStderr } = judged(samplesOf({ genPpl: 500, entropy: 4.2 }, n, draws));
      return [holds(logFrom({ value: Math.log(genPpl), stderr: lnStderr }), Math.log(500))];
    }),
  ]);

const entropyRow = (): Coverage =>
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

const lnError = (steps: number) => 0.39 / Math.sqrt(samplesAt(steps));

/** Cells whose true value is 0, a line a round; each seed's training moves all of its step counts alike. */
function tableOf({ rounds, seeds, variation, steps }: Table, draws: Draws): Cell[] {
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
const allSteps = [4, 8, 16, 32, 64, 128];
const whole = { rounds: 5, seeds: 3, steps: allSteps };

/** Figures over seeds: of a whole table, of one round's, of a single cell, of a round that has one seed. */
const overSeeds = (): Coverage[] =>
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
const ratioRow = (): Coverage =>
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

const matched = (): Coverage[] =>
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

const oneSeed = (): Coverage[] => [
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

const hitsOf = (chance: number, n: number, { stream }: Draws): number =>
  stream.uniforms(n).filter((u) => u < chance).length;

const items = (): Coverage[] => [
  ...(
    [
      [0.065, 675],
      [0.164, 675],
      [0.0008, 5153],
    ] as const
  ).map(([chance, n]) =>
    covered(`accuracy of ${Number((100 * chance).toPrecision(3))} % on ${n} items`, 3000, (draws) => {
      return [holds(shareInterval(hitsOf(chance, n, draws), n), chance)];
    }),
  ),
  covered("difference of two models item by item, 675 items", 2000, (draws) => {
    const theirs = Array.from({ length: 675 }, () => 8 + 4.3 * draws.normal());
    const ours = theirs.map((nats) => nats + 0.4 + 0.8 * draws.normal());
    const { value, stderr } = pairedByItem({ sums: ours }, { sums: theirs }, "ours");
    return [holds(logFrom({ value, stderr: stderr ?? Number.NaN }), 0.4)];
  }),
];

/** Tables in which nothing is better: how many have no false verdict. */
const families = (): Coverage[] =>
  [6, 30].map((count) =>
    covered(`no false verdict among ${count} of a table (Holm)`, 4000, (draws) => {
      const effects = Array.from({ length: count }, (): Effect => {
        return {
          mean: draws.normal(),
          stderr: 1,
          degrees: Number.POSITIVE_INFINITY,
          n: 3,
          ofTrainings: 0,
          over: "samples",
        };
      });
      return [familyVerdicts(effects).every((verdict) => verdict === "cannot tell")];
    }),
  );

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

const matchedFigures = (): Coverage[] => [
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

/** By Efron and Stein a jackknife's variance is too large, where texts are held against all others visibly so. */
const careful = ["self-bleu", "distinct-2"];

async function figures(): Promise<Coverage[]> {
  return (await ofTexts(drawsOf("texts"))).map(({ name, held }): Coverage => {
    const share = (100 * held.filter(Boolean).length) / held.length;
    const own = { what: `${name} of 128 texts`, covered: share, trials: held.length };
    return careful.includes(name) ? { ...own, isCareful: true } : own;
  });
}

/** All kinds, in the order of the table. */
export const coverages = async (): Promise<Coverage[]> => [
  ...overSamples(),
  entropyRow(),
  ...overSeeds(),
  ratioRow(),
  ...matched(),
  ...oneSeed(),
  ...items(),
  ...matchedFigures(),
  ...(await figures()),
  ...families(),
];
