/**
 * @file What `dashboard:serve --demo` shows beside the figures that ship: training curves of teacher and rounds, and samples.
 *
 * Rows of the store that the assets were made in, as JSON. They are not put into other stores, as figures are.
 */
import { type Demo, demoFormat, isTraining, type Known, type SampleRow, type Store } from "@sdtt/core/store";
import { commandWithoutPlaces, withoutPlaces } from "../files/places.js";

/** Of the cell that home compares so many that a blind test has pairs; of the others one. */
const [comparedSteps, comparedSamples] = [8, 6];
const mostPoints = 250;

/** Every so many of them, the last one among them. */
function thinned<T>(points: readonly T[]): T[] {
  const every = Math.ceil(points.length / mostPoints);
  return points.filter((_, i) => (points.length - 1 - i) % every === 0);
}

const bare = ({ index, seed, text, pieces, revealSteps, nll }: SampleRow): SampleRow => {
  return { index, seed, text, pieces: pieces ?? null, revealSteps: revealSteps ?? null, nll: nll ?? null };
};

/** @param names of the series that the assets came from */
export function demoOf(store: Store, known: Known, names: readonly string[]): Demo {
  const training = store.runs().filter(({ name, stage, status, experiment }) => {
    return names.includes(name) && experiment === "embedded" && status === "done" && isTraining(stage);
  });
  const samples = known.evaluations
    .filter(({ metric, temperature, sampler }) => metric === "gen-ppl" && (temperature === 1 || sampler !== null))
    .map(({ key, steps }) => {
      const kept = steps === comparedSteps ? comparedSamples : 1;
      return { key, rows: store.samples(key).slice(0, kept).map(bare) };
    });
  return {
    format: demoFormat,
    question: "Does a student of several rounds write in eight steps what its teacher needs more for?",
    runs: training.map((run) => ({
      ...run,
      config: withoutPlaces(run.config),
      command: commandWithoutPlaces(run.command),
    })),
    rounds: training.flatMap(({ id }) => store.rounds(id)),
    points: training.map(({ id }) => ({ runId: id, rows: thinned(store.trainPoints(id)) })),
    samples: samples.filter(({ rows }) => rows.length > 0),
  };
}
