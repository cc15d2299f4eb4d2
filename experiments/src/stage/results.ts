/**
 * @file The figures of evaluations, beside the stage that made them, so that a table of 500 cells needs no database.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "@sdtt/core";
import { type EvaluationRecord, openStore } from "@sdtt/core/store";
import type { FrozenStage } from "../cells/frozen.js";
import type { Result } from "../spec/define.js";
import { workStore } from "./command.js";
import { stageFolder } from "./layout.js";

export type Figure = Omit<EvaluationRecord, "value" | "stderr"> & {
  readonly value: number;
  readonly stderr: number | null;
};

const resultsFile = (root: string, key: string): string => join(stageFolder(root, key), "results.json");

/** JSON has no NaN and no infinities, a figure may: they are written as text. */
const encoded = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? `number:${value}` : value;
const decoded = (_: string, value: unknown): unknown =>
  typeof value === "string" && value.startsWith("number:") ? Number(value.slice(7)) : value;

/** Takes the figures out of a stage's own store. */
export function saveResults(root: string, stage: FrozenStage): void {
  if (stage.kind !== "curve" && stage.kind !== "lambada") return;
  const store = openStore(workStore(root, stage), { readonly: true });
  try {
    writeFileAtomic(
      resultsFile(root, stage.key),
      `${JSON.stringify(store.evaluations({ control: "any" }), encoded, 2)}\n`,
    );
  } finally {
    store.close();
  }
}

const remembered = new Map<string, readonly Figure[]>();

/** All figures of an evaluation; none before it is done. They do not change after that, so a file is read once. */
export function figuresOf(root: string, key: string): readonly Figure[] {
  const path = resultsFile(root, key);
  const known = remembered.get(path);
  if (known) return known;
  if (!existsSync(path)) return [];
  const figures: Figure[] = JSON.parse(readFileSync(path, "utf8"), decoded);
  remembered.set(path, figures);
  return figures;
}

/** The figure that a definition calls its result, of one evaluation. */
export function resultOf(root: string, key: string | undefined, result: Result): Figure | undefined {
  if (key === undefined) return undefined;
  const { metric, definition, steps } = result;
  return figuresOf(root, key).find(
    (figure) =>
      figure.metric === metric &&
      (definition === undefined || figure.definition === definition) &&
      (steps === undefined || figure.steps === steps),
  );
}

/** Whether less is better: perplexities yes, accuracies no. */
export const lowerIsBetter = ({ metric }: Result): boolean => !/accuracy|mauve/.test(metric);
