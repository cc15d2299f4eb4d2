/**
 * @file Remembers what is dear to ask and seldom changes: sums over all evaluations.
 *
 * While a run trains, a store changes every second, but its figures do not. A figure that was made again in place is
 * seen within a minute.
 */
import type { Reader } from "./merged.js";

const keptMs = 60_000;
const maxKept = 64;

/** `ask`, answered from memory while `version` is the same and a minute is not over. */
function remember<A, T>(ask: (asked: A) => T, version: () => string): (asked: A) => T {
  const kept = new Map<A, { readonly at: string; readonly answer: T }>();
  return (asked) => {
    const at = `${version()} ${Math.floor(Date.now() / keptMs)}`;
    const known = kept.get(asked);
    if (known?.at === at) return known.answer;
    const answer = ask(asked);
    kept.delete(asked);
    kept.set(asked, { at, answer });
    if (kept.size > maxKept) kept.delete(kept.keys().next().value as A);
    return answer;
  };
}

/** @param version changes with new runs and evaluations */
export function remembering(reader: Reader, version: () => string): Reader {
  const experiments = remember(() => reader.experiments(), version);
  return {
    ...reader,
    experiments: () => experiments(undefined),
    summariesSince: remember(reader.summariesSince, version),
    newEvaluations: remember(reader.newEvaluations, version),
  };
}
