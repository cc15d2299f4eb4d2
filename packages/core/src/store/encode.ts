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

/** Numbers as bytes of 64-bit floats, little-endian, so that NaN and infinities are kept. */
export function bytesOfNumbers(numbers: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (let i = 0; i < numbers.length; i++) bytes.writeDoubleLE(numbers[i] as number, 8 * i);
  return bytes;
}

/** The inverse of `bytesOfNumbers`. */
export const numbersOf = (bytes: Buffer): Float64Array =>
  Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));

/** 32 hex digits that depend on nothing but the parts' values. */
export function identity(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/**
 * Which note a version is of, by its id: an edit's id is its note's, a dot, and its own identity.
 *
 * So a note keeps its history without a column, and a program that knows nothing of edits shows each as a note of its own.
 */
export const noteOf = (id: string): string => id.split(".", 1)[0] as string;

/**
 * An evaluation by the default sampler has the key it had before there were others, and a time is known by its batch, not by how
 * often it was taken.
 */
export function evaluationKey(e: EvaluationIdentity): string {
  const { subjectHash, metric, definition, seed, temperature, n, batch } = e;
  const drawn = [e.steps ?? null, seed, temperature, batch ?? n];
  const common = [subjectHash, metric, definition, ...drawn, e.referenceHash ?? null];
  const { sampler, topP } = ownSampler(e);
  return sampler === null && topP === null ? identity(...common) : identity(...common, sampler, topP);
}

/** Sampler and top-p as they are stored: null for ancestral and 1, however that was said. */
export function ownSampler({ sampler, topP }: Pick<EvaluationIdentity, "sampler" | "topP">) {
  return { sampler: sampler === "ancestral" ? null : (sampler ?? null), topP: topP === 1 ? null : (topP ?? null) };
}
