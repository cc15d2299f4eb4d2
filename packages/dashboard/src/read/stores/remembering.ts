/**
 * @file Remembers what is dear to ask and seldom changes: sums over all evaluations, and the curves of runs that rest.
 *
 * While a run trains, a store changes every second, but its figures and the other runs' curves do not. A row that was
 * made again in place is seen within a minute.
 */
import type { Reader } from "./merged.js";

/** What the open files hold, in as many words as need to change when something does. */
export interface Version {
  /** Changes with every change that any process makes to any of the files. */
  readonly all: string;
  /** Changes with new runs and evaluations; what training writes in between leaves it as it is. */
  readonly figures: string;
}

const keptMs = 60_000;
const maxKept = 64;

/**
 * `ask`, answered from memory while the version of what is asked is the same and a minute is not over.
 *
 * @param wholeOf changes with any change at all: while it is the same, the minute does not count
 */
export function remember<A, T>(
  ask: (asked: A) => T,
  versionOf: (asked: A) => string,
  wholeOf: () => string | undefined = () => undefined,
): (asked: A) => T {
  const kept = new Map<A, { readonly at: string; readonly whole: string | undefined; readonly answer: T }>();
  return (asked) => {
    const [at, whole] = [`${versionOf(asked)} ${Math.floor(Date.now() / keptMs)}`, wholeOf()];
    const known = kept.get(asked);
    if (known && (known.at === at || (whole !== undefined && known.whole === whole))) return known.answer;
    const answer = ask(asked);
    kept.delete(asked);
    kept.set(asked, { at, whole, answer });
    if (kept.size > maxKept) kept.delete(kept.keys().next().value as A);
    return answer;
  };
}

export function remembering(reader: Reader, version: () => Version): Reader {
  const figures = () => version().figures;
  const experiments = remember(() => reader.experiments(), figures);
  const progress = remember(
    () => reader.progress(),
    () => version().all,
  );
  const newestUpdate = (id: string) => progress(undefined).find(({ runId }) => runId === id)?.update;
  const curve = remember(
    (asked: string) => reader.trainCurve(...(JSON.parse(asked) as [string, number])),
    (asked) => String(newestUpdate((JSON.parse(asked) as [string])[0])),
  );
  return {
    ...reader,
    experiments: () => experiments(undefined),
    progress: () => progress(undefined),
    newEvaluations: remember(reader.newEvaluations, figures),
    trainCurve: (id, buckets) => curve(JSON.stringify([id, buckets])),
  };
}
