/** @file Names made of content. */
import { createHash } from "node:crypto";
import { canonicalJson } from "@sdtt/core/workspace";

/** 32 hex digits that depend on nothing but the parts' values. */
export function identityOf(...parts: readonly unknown[]): string {
  return createHash("sha256").update(canonicalJson(parts)).digest("hex").slice(0, 32);
}
