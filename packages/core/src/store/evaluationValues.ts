/**
 * @file An evaluation from the bare values of its row.
 *
 * A page reads ten thousand of them at once; as objects of the query builder they take more than twice the time.
 */
import { restoreNaN } from "./encode.js";
import type { Control, EvaluationRecord } from "./rows.js";

type Text = string | null;
type Real = number | null;

/** In the order of the table's columns, as `select().values()` gives them: a test holds it against the schema. */
export type EvaluationValues = readonly [
  ...[key: string, runId: string, round: number, subjectHash: string, weights: "raw" | "ema"],
  ...[metric: string, definition: string, referenceHash: Text, steps: Real, nfe: Real],
  ...[seed: number, temperature: number, sampler: Text, topP: Real, control: Control | null],
  ...[dtype: string, n: number, batch: Real],
  ...[value: number, stderr: Real, entropy: Real, entropyStderr: Real, entropyCorrelation: Real],
  ...[wallMs: Real, createdAt: string, nanColumns: string],
];

/**
 * Reads rows one after another. What many rows say (of which run, weights, measure) is one string for all of them: whoever
 * groups rows by it then holds pointers against each other, and not letters.
 */
export function evaluationReader(): (values: EvaluationValues) => EvaluationRecord {
  const known = new Map<string, string>();
  const shared = <T extends string | null>(text: T): T => {
    if (text === null) return text;
    const found = known.get(text);
    if (found !== undefined) return found as T;
    known.set(text, text);
    return text;
  };
  return (v) => evaluationOf(v, shared);
}

function evaluationOf(v: EvaluationValues, shared: <T extends string | null>(text: T) => T): EvaluationRecord {
  const row = {
    key: v[0],
    runId: shared(v[1]),
    round: v[2],
    subjectHash: shared(v[3]),
    weights: shared(v[4]),
    metric: shared(v[5]),
    definition: shared(v[6]),
    referenceHash: shared(v[7]),
    steps: v[8],
    nfe: v[9],
    seed: v[10],
    temperature: v[11],
    sampler: v[12],
    topP: v[13],
    control: v[14],
    dtype: shared(v[15]),
    n: v[16],
    batch: v[17],
    value: v[18],
    stderr: v[19],
    entropy: v[20],
    entropyStderr: v[21],
    entropyCorrelation: v[22],
    wallMs: v[23],
    createdAt: v[24],
  };
  return v[25] === "" ? row : (restoreNaN({ ...row, nanColumns: v[25] }) as EvaluationRecord);
}
