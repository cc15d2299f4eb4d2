/**
 * @file Where a number comes from: the machine and the configuration that made it (`commit.ts`, `codeState.ts`: the code).
 */
import { createHash } from "node:crypto";
import { cpus, totalmem } from "node:os";

/** Processor, cores, memory and Node's version, on one line: timings from two different lines do not compare. */
export function machineOf(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim().replace(/\s+/g, " ") ?? "unknown processor";
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return `${model}, ${processors.length} cores, ${memoryGiB} GiB, node ${process.versions.node}`;
}

/**
 * SHA-256, in hex, of a JSON value written with sorted keys: equal configurations have equal hashes.
 *
 * Throws   TypeError for NaN and infinities, which JSON would turn into null
 */
export function configHash(json: unknown): string {
  return createHash("sha256").update(canonicalJson(json)).digest("hex");
}

/** JSON with keys sorted at every level and no spaces; members that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`canonicalJson: a number must be finite, got ${value}. Write it as text.`);
  }
  return JSON.stringify(value) ?? "null";
}
