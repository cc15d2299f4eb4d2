/**
 * @file What a run's row cannot say, as events of the run: how the code differed from its commit, and why it failed.
 */

import { createHash } from "node:crypto";
import { duration } from "../base/progress.js";
import { redacted } from "../base/redact.js";
import { type Message, notify } from "../base/webhook.js";
import type { CodeState } from "../workspace/codeState.js";
import type { Store } from "./file/open.js";

/** Keeps the difference to the commit where there is one, and says what could not be kept. */
export function noteCode(store: Store, runId: string, { diff, others, leftOut }: CodeState): void {
  // Whoever unpacked an archive knows that there is no repository.
  const told = leftOut.filter((what) => !/not a git repository/.test(what));
  for (const what of told) process.stderr.write(`code: ${what}\n`);
  if (diff === "" && others === "" && leftOut.length === 0) return;
  const message = diff === "" ? "files beside the code" : "files differ from the commit";
  const hash = diff && createHash("sha256").update(diff).digest("hex");
  store.addEvent({ runId, kind: "code", message, data: { hash, patch: diff, others, leftOut } });
}

/** Does `work`, then says in the run's row how it ended, closes the store, tells the webhook if there is one, and gives what `work` gave. */
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
    const message = endOf(store, runId);
    store.close();
    if (message) await notify(message);
  }
}

/** What is told of a run that is done or failed; who stopped one knows it. */
function endOf(store: Store, runId: string): Message | undefined {
  const run = store.run(runId);
  if (!run || run.status === "stopped" || run.status === "running") return undefined;
  const { experiment, status, startedAt, finishedAt } = run;
  const why = status === "failed" ? store.events(runId).findLast(({ kind }) => kind === "error")?.message : undefined;
  const took = duration(Date.parse(finishedAt ?? startedAt) - Date.parse(startedAt));
  const text = `${runId} of ${experiment}: ${status} after ${took}${why ? `: ${why}` : ""}`;
  return { text, kind: "run", experiment, status, id: runId };
}

/** Keeps the reason of a failure; what cannot be written does not hide it. */
export function noteFailure(store: Store, runId: string, error: unknown): void {
  const message = redacted(error instanceof Error ? error.message : String(error));
  try {
    store.addEvent({ runId, kind: "error", message });
  } catch {
    // The store itself may be what failed.
  }
}
