/**
 * @file Figures that ship with the project: rows of a store as JSON, put into any other store that lacks them.
 *
 * What was measured once of what ships (the embedded teacher, its students, the AR baseline, text itself) is not measured
 * again on every machine. The rows come with the runs that made them, hence with commit, engine and command. Not a store
 * itself: JSON survives changes of the schema and can be read in a diff.
 */
import { existsSync, readFileSync } from "node:fs";
import { userError } from "../../base/errors.js";
import { writeFileAtomic } from "../../files/atomic.js";
import { currentEvaluation, currentRun } from "../earlierNames.js";
import type { Store } from "../file/open.js";
import type * as Row from "../rows.js";

const format = 1;

export interface Known {
  readonly format: number;
  readonly runs: readonly Row.RunRecord[];
  readonly checkpoints: readonly Row.CheckpointRow[];
  readonly definitions: readonly Row.DefinitionRow[];
  readonly evaluations: readonly Row.EvaluationRecord[];
}

const isNumber = (value: number | null) => value !== null && Number.isFinite(value);

/** What a store knows of the checkpoints with these hashes; figures that are no numbers stay where they are. */
export function knownOf(store: Store, hashes: readonly string[]): Known {
  const filter = { sampler: "any", control: "any" } as const;
  const evaluations = hashes
    .flatMap((subjectHash) => store.evaluations({ subjectHash, ...filter }))
    .filter(({ value }) => isNumber(value));
  const runIds = new Set(evaluations.map(({ runId }) => runId));
  const definitions = new Set(evaluations.map(({ definition }) => definition));
  const runs = store.runs().filter(({ id }) => runIds.has(id));
  return {
    format,
    runs,
    checkpoints: hashes.flatMap((hash) => store.checkpoints({ hash })).filter(({ runId }) => runIds.has(runId)),
    definitions: store.definitions().filter(({ definition }) => definitions.has(definition)),
    evaluations,
  };
}

/** Puts in what is not there; what is there stays as it is. Returns how many evaluations were new. */
export function addKnown(store: Store, known: Known): number {
  const lacking = known.evaluations.filter(({ key }) => store.evaluation(key) === undefined);
  if (lacking.length === 0) return 0;
  for (const run of known.runs) {
    if (store.run(run.id)) continue;
    const { status, attempt: _, heartbeatAt: __, finishedAt, ...row } = run;
    store.startRun(row);
    if (status !== "running") store.finishRun(run.id, status, finishedAt ?? undefined);
  }
  for (const checkpoint of known.checkpoints) store.addCheckpoint(checkpoint);
  store.saveDefinitions(known.definitions);
  for (const { key: _, ...row } of lacking) store.saveEvaluation(row);
  return lacking.length;
}

export function writeKnown(path: string, known: Known): void {
  const line = (rows: readonly unknown[]) => `[\n${rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n")}\n  ]`;
  const { runs, checkpoints, definitions, evaluations } = known;
  const parts = Object.entries({ runs, checkpoints, definitions, evaluations });
  const fields = parts.map(([name, rows]) => `  ${JSON.stringify(name)}: ${line(rows)}`);
  writeFileAtomic(path, `{\n  "format": ${format},\n${fields.join(",\n")}\n}\n`);
}

/** Undefined where there is no such file. Throws   UserError where it is not what `writeKnown` writes */
export function readKnown(path: string): Known | undefined {
  if (!existsSync(path)) return undefined;
  const remedy = "Fetch it again, or remove it.";
  try {
    const value = JSON.parse(readFileSync(path, "utf8"));
    if (value.format !== format) throw new Error(`format ${value.format}`);
    return { ...value, runs: value.runs.map(currentRun), evaluations: value.evaluations.map(currentEvaluation) };
  } catch (cause) {
    throw userError(path, `the file must be JSON of format ${format}`, (cause as Error).message, remedy, cause);
  }
}
