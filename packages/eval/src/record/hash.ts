/** @file What rows and files are known by: hashes of text. */
import { createHash } from "node:crypto";

/** SHA-256 of the parts, a line break between them. */
export const hashOf = (...parts: readonly string[]): string =>
  createHash("sha256").update(parts.join("\n")).digest("hex");

/** Of a set on which a bound is taken at `times` time samples. */
export const timedHash = (hash: string, times: number): string => hashOf(hash, `times ${times}`);
