/**
 * @file What the assets are trained with and measured at: the whole, and a shortened form that takes a minute.
 *
 * The shortened form is the same chain of the same commands; it is there to be run by the tests, and its figures mean nothing.
 */

/** Arguments of the commands that make the assets. */
export interface Recipe {
  /** Of everything: text and length. */
  readonly text: readonly string[];
  readonly ar: readonly string[];
  readonly teacher: readonly string[];
  readonly judge: readonly string[];
  readonly rounds: number;
  /** Of each round. */
  readonly round: readonly string[];
  /** Step counts of the curves that ship. */
  readonly steps: readonly number[];
  /** Of the teacher, beside 1: what a student is matched against. */
  readonly temperatures: readonly number[];
  /** Samples a cell; left out: as many as `curve` takes. */
  readonly samples?: number;
  /** Of the curves of teacher and rounds. */
  readonly seeds: readonly number[];
  /** Of AR and text. */
  readonly levels: number;
}

const muon = ["--optimizer=muon", "--schedule=wsd"];

export const whole: Recipe = {
  text: ["--length=256"],
  ar: [
    ...["--vocab=4096", "--updates=2000", "--decay=500", ...muon, "--lr=0.002", "--dropout=0.1", "--weight-decay=0.1"],
    ...["--easy-updates=0", "--checkpoint-every=250", "--validation-batches=32", "--ema=0.998", "--seed=3"],
  ],
  teacher: [
    ...["--vocab=4096", "--updates=20000", "--decay=4000", ...muon, "--lr=0.004", "--masking=masked-mean"],
    ...["--easy-updates=100", "--weight-decay=0.01", "--validation-batches=32", "--seed=1"],
  ],
  judge: [
    ...["--architecture=judge", "--vocab=2048", "--updates=4000", "--decay=1000", ...muon, "--lr=0.002"],
    ...["--dropout=0.1", "--weight-decay=0.1", "--easy-updates=0", "--checkpoint-every=250", "--seed=2"],
  ],
  rounds: 5,
  round: ["--updates=250"],
  steps: [4, 8, 16, 32, 64, 128, 256],
  temperatures: [0.95, 0.9, 0.85, 0.8, 0.7, 0.6],
  seeds: [1, 2, 3],
  levels: 256,
};

const tiny = ["--width=16", "--blocks=1", "--heads=2", "--sequences=2", "--warmup=2", "--checkpoint-every=4"];

export const short: Recipe = {
  text: ["--length=16"],
  ar: ["--vocab=280", "--updates=8", "--decay=2", ...muon, ...tiny, "--easy-updates=0", "--validation-batches=1"],
  teacher: ["--vocab=280", "--updates=8", "--decay=2", ...muon, ...tiny, "--validation-batches=1"],
  judge: ["--architecture=judge", "--vocab=270", "--updates=8", ...tiny, "--easy-updates=0", "--validation-batches=1"],
  rounds: 2,
  round: ["--updates=4", "--sequences=2", "--warmup=0"],
  steps: [2, 4],
  temperatures: [0.9],
  samples: 4,
  seeds: [1],
  levels: 2,
};
