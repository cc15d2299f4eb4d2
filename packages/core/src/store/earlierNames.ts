/**
 * @file Rows that were written as JSON before the store's columns were renamed, under the names of today.
 *
 * A store is brought over by its migration (`0007_identity`); these are its rows in files that ship, are kept beside a report
 * or lie in a finished stage of a sweep, which nobody rewrites.
 */
import type { EvaluationRecord, RunRecord } from "./rows.js";
import { isEvaluation, type Stage } from "./schema.js";

const renamed: Readonly<Record<string, string>> = { checkpointHash: "subjectHash", judgeHash: "referenceHash" };

/** A row of today is left as it is. */
export const currentEvaluation = <T extends object = EvaluationRecord>(row: object): T =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [renamed[name] ?? name, value])) as T;

/** Seven commands called themselves `curve`: the command line says which one it was. */
export function currentRun(run: RunRecord): RunRecord {
  const command = /^eval (\w+)/.exec(run.command)?.[1] ?? "";
  return run.stage === "curve" && isEvaluation(command) ? { ...run, stage: command as Stage } : run;
}
