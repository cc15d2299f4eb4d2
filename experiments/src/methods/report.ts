/**
 * @file The field's table and picture, from the rows of the experiment `methods` and the teacher's temperatures of the default one.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "@sdtt/core/files";
import { addKnown, type Store, type StoreReader } from "@sdtt/core/store";
import { type Samplers, samplersFile, samplersFrom } from "@sdtt/dashboard";
import { type Kept, keptOf, writeKept } from "../claims/kept.js";
import { between } from "../default/report.js";
import { tableMarkdown } from "../default/tables.js";
import { methodsTable } from "./table.js";

const markers = [
  "<!-- methods: begin, written by `npx nx run experiments:methods` -->",
  "<!-- methods: end -->",
] as const;

/** Puts the teacher's ancestral steps at all temperatures, and its orders, of the default experiment into a store that lacks them. */
export function addTeacher(store: Store, { runs, checkpoints, evaluations }: Kept): number {
  const own = evaluations.filter(({ metric, round, steps }) => metric === "gen-ppl" && round === 0 && steps !== null);
  const ids = new Set(own.map(({ runId }) => runId));
  const known = {
    format: 1,
    runs: runs.filter(({ id }) => ids.has(id)),
    checkpoints: checkpoints.filter(({ runId }) => ids.has(runId)),
    definitions: [],
    evaluations: own,
  };
  return addKnown(store, known);
}

/** What the table is of, but for rows that another experiment's file has. */
export function ownRows(store: StoreReader, experiment: string, { evaluations }: Kept): Kept {
  const others = new Set(evaluations.map(({ key }) => key));
  const told = ["gen-ppl", "partner-passes", "relative-time", "held-out-bound"];
  return keptOf(store, experiment, ({ key, metric }) => told.includes(metric) && !others.has(key));
}

/** What stands between the markers. */
export function methodsText(samplers: Samplers): string {
  return [markers[0], tableMarkdown(methodsTable(samplers)), markers[1]].join("\n\n");
}

/** The document with its table as the rows have it now. */
export const withMethods = (text: string, samplers: Samplers): string =>
  between(text, markers, methodsText(samplers)) ?? `${text}\n${methodsText(samplers)}\n`;

/** Where the rows of the table lie, beside the default experiment's. */
export const rowsIn = (folder: string): string => join(folder, "methods.json");

interface Written {
  /** Folder of the document and the picture. */
  readonly docs: string;
  /** Folder of the rows. */
  readonly rows: string;
  /** Rows that lie in another file already. */
  readonly others: Kept;
}

/** Writes table, picture and rows. Returns where the table is */
export function writeMethods(store: StoreReader, experiment: string, { docs, rows, others }: Written): string {
  for (const folder of [docs, rows]) mkdirSync(folder, { recursive: true });
  const samplers = samplersFrom(store, { experiment, temperatures: "1" });
  const path = join(docs, "methods.md");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "# The field side by side\n";
  writeFileAtomic(path, withMethods(text, samplers));
  const picture = samplersFile(samplers, "time", { format: "webp", theme: "light", width: 720 });
  writeFileAtomic(join(docs, "methods.webp"), typeof picture === "string" ? picture : [picture]);
  writeKept(rowsIn(rows), ownRows(store, experiment, others));
  return path;
}
