/**
 * @file What a run's row cannot say, as events of the run: how the code differed from its commit, and why it failed.
 */

import type { Store } from "../store/index.js";
import type { CodeState } from "./codeState.js";

/** Characters of a difference that are kept. */
const mostOfPatch = 2 ** 18;

/** Keeps the difference to the commit where there is one. */
export function noteCode(store: Store, runId: string, { diff }: CodeState): void {
  if (diff === "") return;
  store.addEvent({
    runId,
    kind: "code",
    message: "files differ from the commit",
    data: { patch: diff.slice(0, mostOfPatch) },
  });
}

/** Does `work`, then says in the run's row how it ended, closes the store, and gives what `work` gave. */
export async function recorded<T>(
  store: Store,
  runId: string,
  work: () => Promise<T>,
  statusOf: (made: T) => "done" | "stopped" = () => "done",
): Promise<T> {
  let status: "done" | "stopped" | "failed" = "failed";
  try {
    const made = await work();
    status = statusOf(made);
    return made;
  } catch (error) {
    noteFailure(store, runId, error);
    throw error;
  } finally {
    store.finishRun(runId, status);
    store.close();
  }
}

/** Keeps the reason of a failure; what cannot be written does not hide it. */
export function noteFailure(store: Store, runId: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  try {
    store.addEvent({ runId, kind: "error", message });
  } catch {
    // The store itself may be what failed.
  }
}
