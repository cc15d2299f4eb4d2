/**
 * @file A made-up store of any size, for trying and timing the page without training anything.
 *
 * Written through the store's own writer, so that it is what a run would have left. Every name and figure in it is
 * invented; its runs are on machines `alder`, `birch` and `cedar`, which says so on the page.
 */
import { openStore, type Store } from "@sdtt/core/store";
import { type PlannedRun, planRuns, type StoreSize, share } from "./plan.js";
import { checkpointOf, evaluationRow, experimentName, runId, runRow, sampleRow, startOf, trainPoint } from "./rows.js";

export const bigStore: StoreSize = { runs: 1000, trainPoints: 2_000_000, evaluations: 50_000, samples: 20_000 };

function saveTraining(store: Store, run: PlannedRun, points: number, startedAt: string): void {
  const id = runId(run);
  store.addTrainPoints(
    id,
    Array.from({ length: points }, (_, i) => trainPoint(run, i + 1)),
  );
  const [teacherHash, hash] = [checkpointOf(run, run.round - 1), checkpointOf(run)];
  const about = { runId: id, round: run.round, teacherHash };
  store.saveRound({ ...about, dt: 2 ** (run.round - 6), updates: points, studentHash: hash, startedAt });
  store.addCheckpoint({ ...about, hash, weights: "ema", path: `runs/${id}`, update: points, createdAt: startedAt });
  store.addEvent({ runId: id, kind: "log", message: `round ${run.round} of ${points} updates`, at: startedAt });
}

function saveEvaluations(store: Store, run: PlannedRun, evaluations: number, samples: number, at: string): void {
  const steps = 6;
  const kept = Math.min(evaluations, steps);
  for (let place = 0; place < evaluations; place++) {
    const row = evaluationRow(run, place, at);
    const count = place < kept ? share(samples, kept, place) : 0;
    const texts = Array.from({ length: count }, (_, index) => sampleRow(run, row.steps ?? 0, index));
    store.saveEvaluation(row, texts);
  }
}

/** Fills a store at `path`; the same sizes and the same `until` (ms since 1970) give the same rows. */
export function fillStore(
  path: string,
  size: StoreSize,
  until: number,
  onRun: (done: number) => void = () => {},
): void {
  const plan = planRuns(size.runs);
  const experiments = (plan.at(-1)?.experiment ?? 0) + 1;
  const training = plan.filter(({ kind }) => kind === "round");
  const curves = plan.filter(({ kind }) => kind !== "round" && kind !== "text" && kind !== "baseline");
  const store = openStore(path);
  try {
    for (let i = 0; i < experiments; i++)
      store.saveExperiment({ name: experimentName(i), question: "Does a larger learning rate help? (made up)" });
    for (const run of plan) {
      const started = startOf(run, experiments, until);
      const at = new Date(started).toISOString();
      store.startRun(runRow(run, started));
      if (run.kind === "round")
        saveTraining(store, run, share(size.trainPoints, training.length, training.indexOf(run)), at);
      else if (run.kind === "text" || run.kind === "baseline") saveEvaluations(store, run, 1, 0, at);
      else {
        const place = curves.indexOf(run);
        const [count, kept] = [
          share(size.evaluations, curves.length, place),
          share(size.samples, curves.length, place),
        ];
        saveEvaluations(store, run, count, kept, at);
      }
      if (run.index < plan.length - 2) store.finishRun(runId(run), run.index % 53 === 52 ? "failed" : "done");
      onRun(run.index + 1);
    }
  } finally {
    store.close();
  }
}
