/**
 * @file `export`: every figure of a sweep's cells as CSV or JSON, with what it takes to make it again.
 */
import { defineCommand } from "@sdtt/core/cli";
import { writeFileAtomic } from "@sdtt/core/files";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import type { Manifest } from "../cells/frozen.js";
import { newestManifest } from "../cells/manifest.js";
import { sweepNamed } from "../files/layout.js";
import { figuresOf } from "../stage/results.js";
import { cellStatuses } from "../sweep/cellStatus.js";
import { root, say, sweep } from "./shared.js";

const options = z.object({
  sweep,
  root,
  format: z.enum(["csv", "json"]).default("csv").describe("of the table"),
  out: z.string().optional().describe("file to write; default: the terminal"),
});

type Line = Readonly<Record<string, unknown>>;

/** One line for each figure, and one for each cell that has none yet. */
function exportLines(root: string, hash: string, manifest: Manifest): Line[] {
  const { definition, commit, dirty, diff, cells, stages } = manifest;
  const made = { experiment: definition.name, manifest: hash, commit, dirty, diff };
  const paths = [...new Set(cells.flatMap(({ values }) => Object.keys(values)))];
  const states = new Map(cellStatuses(root, manifest).map((one) => [one.cell.key, one]));
  const byKey = new Map(stages.map((stage) => [stage.key, stage]));
  return cells.flatMap(({ key, label, values, seed, stages: own }) => {
    const { state, note } = states.get(key) ?? { state: "pending", note: "" };
    const axes = Object.fromEntries(paths.map((path) => [path, values[path] ?? null]));
    const cell = { ...made, cell: key, label, seed, state, note, ...axes };
    const figures = own.flatMap((stage) => figuresOf(root, stage).map((figure) => ({ stage, figure })));
    if (figures.length === 0) return [cell];
    return figures.map(({ stage, figure }) => {
      const { metric, definition, steps, nfe, n, value, stderr, entropy, temperature, weights, dtype } = figure;
      const measured = { metric, definition, steps, nfe, n, value, stderr, entropy, temperature, weights, dtype };
      const { subjectHash, referenceHash, runId, createdAt } = figure;
      const origin = { checkpoint: subjectHash, judge: referenceHash, run: runId, createdAt };
      return { ...cell, round: byKey.get(stage)?.round ?? null, stage, ...measured, ...origin };
    });
  });
}

/** NaN and infinities as words: CSV and JSON have no others for them. */
const worded = (value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : Array.isArray(value) ? value.join("+") : value;

function textOf(lines: readonly Line[], format: "csv" | "json"): string {
  const plain = lines.map((line) =>
    Object.fromEntries(Object.entries(line).map(([key, value]) => [key, worded(value)])),
  );
  if (format === "json") return `${JSON.stringify(plain, null, 2)}\n`;
  const columns = [...new Set(plain.flatMap((line) => Object.keys(line)))];
  return stringify(plain, { header: true, columns, cast: { boolean: String } });
}

export const exportCommand = defineCommand({
  name: "export",
  summary: "write every figure of a sweep as CSV or JSON, with axes, seed, commit and checkpoint",
  options,
  async run(o) {
    const name = sweepNamed("export", o.root, o.sweep);
    const { hash, manifest } = newestManifest(o.root, name);
    const lines = exportLines(o.root, hash, manifest);
    const text = textOf(lines, o.format);
    if (!o.out) {
      process.stdout.write(text);
      return;
    }
    writeFileAtomic(o.out, text);
    say(`${o.out}: ${lines.length} lines of ${manifest.cells.length} cells`);
  },
});
