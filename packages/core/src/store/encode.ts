/**
 * @file How values that SQLite cannot hold are kept, and how rows get their identity.
 */
import { createHash } from "node:crypto";
import type { EvaluationIdentity } from "./rows.js";

type Columns = Record<string, unknown>;

/** NaN becomes NULL with its column's name in `nanColumns`; infinities need no help. */
export function keepNaN<T extends object>(row: T): T & { nanColumns: string } {
  const entries = Object.entries(row);
  const lost = entries.filter(([, value]) => Number.isNaN(value)).map(([name]) => name);
  const kept = entries.map(([name, value]) => [name, Number.isNaN(value) ? null : value]);
  return { ...Object.fromEntries(kept), nanColumns: lost.join(",") };
}

/** The inverse of `keepNaN`. */
export function restoreNaN<T extends { nanColumns: string }>(row: T): Omit<T, "nanColumns"> {
  const { nanColumns, ...rest } = row;
  const columns: Columns = rest;
  for (const name of nanColumns.split(",")) if (name !== "") columns[name] = Number.NaN;
  return rest;
}

/** 32 hex digits that depend on nothing but the parts' values. */
export function identity(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

export function evaluationKey(e: EvaluationIdentity): string {
  const { checkpointHash, metric, definition, seed, temperature, n } = e;
  return identity(checkpointHash, metric, definition, e.steps ?? null, seed, temperature, n, e.judgeHash ?? null);
}
