/**
 * @file A figure as it goes into the store: its row, and what it is made of.
 */
import type { EvaluationRow, ItemScores, Store } from "@sdtt/core/store";

export interface MeasuredRow {
  readonly row: EvaluationRow;
  readonly items?: ItemScores;
}

/**
 * The seed that a row without draws is known by, whatever seed was asked for: the same figure under three seeds is one
 * figure, and no interval over seeds.
 */
export const unseeded = 1;

export function saveMeasured(store: Store, rows: readonly MeasuredRow[]): void {
  for (const { row, items } of rows) store.saveEvaluation(row, undefined, items);
}
