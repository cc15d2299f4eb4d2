/**
 * @file What the assets are trained with and measured at: the whole, and a shortened form that takes a minute.
 *
 * The shortened form is the same chain of the same commands; it is there to be run by the tests, and its figures mean nothing.
 */

/** Cells of curves: step counts, and the samples of each; left out, as many as `curve` takes. */
export interface Cells {
  readonly steps: readonly number[];
  readonly samples?: number;
}

/** Arguments of the commands that make the assets. */
export interface Recipe {
  /** Of AR and teacher alike, whose weights then have one shape. */
  readonly shape: readonly string[];
  readonly ar: readonly string[];
  /** Begun with the weights of AR. */
  readonly teacher: readonly string[];
  readonly judge: readonly string[];
  readonly rounds: number;
  /** Of each round. */
  readonly round: readonly string[];
  readonly measured: {
    readonly teacher: readonly Cells[];
    /** Of the teacher's temperatures: what students are matched against. */
    readonly control: readonly Cells[];
    readonly students: readonly Cells[];
    /** Beside 1, from the warmest; those after the first two only as long as a student's entropy is below the last. */
    readonly temperatures: readonly number[];
    /** A temperature whose text has a little more entropy than the teacher's own, as text from coarse to fine has. */
    readonly above: number;
    /** Of the teacher's draws; students are drawn under the first. */
    readonly seeds: readonly number[];
    /** Samples of AR, and pieces of text. */
    readonly levels: number;
  };
}

const muon = ["--optimizer=muon", "--schedule=wsd"];

/**
 * Its measuring is about 130 000 passes of a row of 256 tokens: 41 000 of the students, 19 000 of the teacher, 10 000 of each of
 * its temperatures, 16 000 from coarse to fine; some twenty-five minutes of two cores for 4 M parameters.
 */
export const whole: Recipe = {
  shape: ["--length=256", "--vocab=4096", "--width=192"],
  ar: [
    ...["--updates=1300", "--decay=450", ...muon, "--lr=0.003", "--dropout=0.1", "--weight-decay=0.1"],
    ...["--easy-updates=0", "--checkpoint-every=200", "--validation-batches=32", "--ema=0.998", "--seed=3"],
  ],
  teacher: [
    ...["--updates=2519", "--decay=600", ...muon, "--lr=0.004", "--masking=masked-mean", "--warmup=100"],
    ...["--easy-updates=0", "--weight-decay=0.01", "--checkpoint-every=200", "--validation-batches=32"],
    ...["--ema=0.998", "--seed=1"],
  ],
  judge: [
    ...["--architecture=judge", "--length=320", "--vocab=2048", "--updates=900", "--decay=300", ...muon, "--lr=0.003"],
    ...["--dropout=0.1", "--weight-decay=0.1", "--sequences=8", "--easy-updates=0", "--checkpoint-every=200"],
    ...["--validation-batches=32", "--ema=0.998", "--seed=2"],
  ],
  rounds: 5,
  round: ["--updates=80"],
  measured: {
    teacher: [{ steps: [4, 8, 16, 32, 64] }, { steps: [128, 256], samples: 32 }],
    control: [
      { steps: [4, 8], samples: 128 },
      { steps: [16, 32], samples: 64 },
      { steps: [64, 128], samples: 32 },
    ],
    students: [{ steps: [4, 8, 16, 32] }],
    temperatures: [0.95, 0.9, 0.8, 0.7, 0.6, 0.5],
    above: 1.05,
    seeds: [1],
    levels: 128,
  },
};

const tiny = [
  "--blocks=1",
  "--heads=2",
  "--sequences=2",
  "--warmup=2",
  "--checkpoint-every=4",
  "--validation-batches=1",
];

export const short: Recipe = {
  shape: ["--length=16", "--vocab=280", "--width=16"],
  ar: ["--updates=8", "--decay=2", ...muon, ...tiny, "--easy-updates=0"],
  teacher: ["--updates=8", "--decay=2", ...muon, ...tiny],
  judge: [
    "--architecture=judge",
    "--length=16",
    "--vocab=270",
    "--width=16",
    "--updates=8",
    ...tiny,
    "--easy-updates=0",
  ],
  rounds: 2,
  round: ["--updates=4", "--sequences=2", "--warmup=0"],
  measured: {
    teacher: [{ steps: [2, 4], samples: 4 }],
    control: [{ steps: [2, 4], samples: 4 }],
    students: [{ steps: [2, 4], samples: 4 }],
    temperatures: [0.9],
    above: 1.05,
    seeds: [1],
    levels: 2,
  },
};
