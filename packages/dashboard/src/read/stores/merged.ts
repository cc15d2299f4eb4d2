/**
 * @file Several stores as one: rows with the same key are one row, the first store's.
 *
 * Keys are natural ones in every table (a run's id, an evaluation's hash), so a file and its copy show no row twice.
 */
import type { ExperimentRecord, RunRecord, Store, StoreReader } from "@sdtt/core/store";

export type Reader = Omit<StoreReader, "cursor">;

function distinct<T>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  const seen = new Map<string, T>();
  for (const row of rows) if (!seen.has(keyOf(row))) seen.set(keyOf(row), row);
  return [...seen.values()];
}

/** The newest first, which is the order each store gives; counts are added up. */
function mergeExperiments(lists: readonly ExperimentRecord[][]): ExperimentRecord[] {
  const byName = new Map<string, ExperimentRecord>();
  for (const row of lists.flat()) {
    const known = byName.get(row.name);
    if (known === undefined) byName.set(row.name, row);
    else {
      const question = known.question || row.question;
      const counts = { runs: known.runs + row.runs, evaluations: known.evaluations + row.evaluations };
      byName.set(row.name, { ...known, ...counts, question });
    }
  }
  return [...byName.values()];
}

const byTime =
  <T>(timeOf: (row: T) => string) =>
  (a: T, b: T) =>
    timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0;

function addUp(counts: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of counts.flatMap(Object.entries<number>)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** What `ask` answers in the first store where that is not empty. */
function firstOf<T>(stores: readonly Store[], ask: (store: Store) => T | undefined): T | undefined {
  for (const store of stores) {
    const found = ask(store);
    if (found !== undefined && !(Array.isArray(found) && found.length === 0)) return found;
  }
  return undefined;
}

function lists(open: () => readonly Store[]) {
  const all = <T>(ask: (store: Store) => T[], keyOf: (row: T) => string): T[] => {
    const stores = open();
    return stores.length === 1 ? ask(stores[0] as Store) : distinct(stores.flatMap(ask), keyOf);
  };
  const runs = (ask: (store: Store) => RunRecord[]) => all(ask, ({ id }) => id).sort(byTime((run) => run.startedAt));
  return { all, runs };
}

/** The reading half of all open stores together; `open` is asked at each call. */
export function mergedReader(open: () => readonly Store[]): Reader {
  const { all, runs } = lists(open);
  const hashes = (filter?: { readonly runId?: string; readonly hash?: string }) =>
    all(
      (store) => store.checkpoints(filter),
      ({ hash, runId }) => `${hash} ${runId}`,
    );
  return {
    experiments: () => mergeExperiments(open().map((store) => store.experiments())),
    runs: (filter) => runs((store) => store.runs(filter)),
    run: (id) => firstOf(open(), (store) => store.run(id)),
    rounds: (id) => firstOf(open(), (store) => store.rounds(id)) ?? [],
    trainPoints: (id) => firstOf(open(), (store) => store.trainPoints(id)) ?? [],
    trainCurve: (id, buckets) => firstOf(open(), (store) => store.trainCurve(id, buckets)) ?? [],
    evaluations: (filter) =>
      all(
        (store) => store.evaluations(filter),
        ({ key }) => key,
      ),
    evaluation: (key) => firstOf(open(), (store) => store.evaluation(key)),
    samples: (key) => firstOf(open(), (store) => store.samples(key)) ?? [],
    itemScores: (key) => firstOf(open(), (store) => store.itemScores(key)),
    definitions: () =>
      all(
        (store) => store.definitions(),
        ({ definition }) => definition,
      ),
    checkpoints: hashes,
    lineage: (hash) => firstOf(open(), (store) => store.lineage(hash)) ?? [],
    events: (id) => firstOf(open(), (store) => store.events(id)) ?? [],
    notes: (name) =>
      all(
        (store) => store.notes(name),
        ({ at, author, text }) => `${at} ${author} ${text}`,
      ),
    meetings: (name) =>
      all(
        (store) => store.meetings(name),
        ({ hash }) => hash,
      ),
    meetingContent: (hash) => firstOf(open(), (store) => store.meetingContent(hash)),
    tags: (id) =>
      all(
        (store) => store.tags(id),
        ({ runId, tag }) => `${runId} ${tag}`,
      ),
    runsSince: (time) => runs((store) => store.runsSince(time)),
    newEvaluations: (time) => addUp(open().map((store) => store.newEvaluations(time))),
    progress: () =>
      all(
        (store) => store.progress(),
        ({ runId }) => runId,
      ),
    keptSamples: (id) => Object.assign({}, ...open().map((store) => store.keptSamples(id))),
  };
}
