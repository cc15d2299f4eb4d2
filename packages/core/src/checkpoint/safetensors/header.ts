/**
 * @file The header of a safetensors file: read with suspicion, written in one canonical form.
 *
 * Every byte of the file is accounted for before a tensor is read. Format: huggingface/safetensors README, v0.4.
 */
import { userError } from "../../base/errors.js";
import { type DType, type Spec, type Specs, sizeOf } from "../../base/tensor.js";

const storedTypes = {
  F32: { dtype: "float32", itemBytes: 4 },
  I32: { dtype: "int32", itemBytes: 4 },
  BOOL: { dtype: "bool", itemBytes: 1 },
  F16: { dtype: "float32", itemBytes: 2 },
  BF16: { dtype: "float32", itemBytes: 2 },
} as const satisfies Record<string, { dtype: DType; itemBytes: number }>;
export type StoredType = keyof typeof storedTypes;
/** What float32 may be written as. */
export type FloatType = "F32" | "F16" | "BF16";

/** Bytes an item of the types that are never read; a file may hold them where they are left out by name. */
const foreignBytes: Readonly<Record<string, number>> = {
  ...{ F64: 8, I64: 8, U64: 8, C64: 8, U32: 4, I16: 2, U16: 2, I8: 1, U8: 1 },
  ...{ F8_E4M3: 1, F8_E5M2: 1, F8_E8M0: 1, F8_E4M3FNUZ: 1, F8_E5M2FNUZ: 1, F6_E2M3: 0.75, F6_E3M2: 0.75, F4: 0.5 },
};

const writtenAs = (dtype: DType, floats: FloatType): StoredType =>
  dtype === "float32" ? floats : dtype === "int32" ? "I32" : "BOOL";

export interface Entry extends Spec {
  readonly name: string;
  readonly stored: StoredType;
  /** Bytes from the end of the header. */
  readonly start: number;
  readonly end: number;
}

/** A tensor of a type that has no place here. */
export interface ForeignEntry extends Omit<Entry, "stored" | "dtype"> {
  readonly stored: string;
}

export interface Header {
  readonly entries: readonly Entry[];
  readonly foreign: readonly ForeignEntry[];
  readonly metadata: Record<string, string>;
}

export const remedy = "Fetch or write the file again.";

/**
 * Reads the header's JSON.
 *
 * @param dataBytes bytes of the file after the header
 * Throws   UserError when names repeat, a dtype or shape is foreign, or offsets leave gaps, overlap or overshoot
 */
export function parseHeader(json: string, dataBytes: number, where: string): Header {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw userError(where, "the header must be JSON", (error as Error).message, remedy, error);
  }
  if (!isRecord(value)) throw userError(where, "the header must be a JSON object", json.slice(0, 20), remedy);
  const twice = repeatedKey(json);
  if (twice !== undefined) throw userError(where, "names must be unique", `${twice} twice`, remedy);
  const metadata = value.__metadata__ ?? {};
  if (!isRecord(metadata) || Object.values(metadata).some((text) => typeof text !== "string")) {
    throw userError(where, "__metadata__ must map names to strings", JSON.stringify(metadata), remedy);
  }
  const entries = Object.entries(value)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, raw]) => parseEntry(name, raw, where))
    .toSorted((a, b) => a.start - b.start || a.end - b.end);
  checkLayout(entries, dataBytes, where);
  const isOwn = (entry: Entry | ForeignEntry): entry is Entry => "dtype" in entry;
  const foreign = entries.filter((entry) => !isOwn(entry));
  return { entries: entries.filter(isOwn), foreign, metadata: metadata as Record<string, string> };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The first name given twice at the top level, which JSON.parse would pass over in silence. */
function repeatedKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && colon !== undefined) {
      const name: string = JSON.parse(token.slice(0, token.length - colon.length));
      if (seen.has(name)) return name;
      seen.add(name);
    }
  }
  return undefined;
}

/** Throws   UserError when a tensor is of a type that is never read */
export function refuseForeign([first]: readonly ForeignEntry[], where: string): void {
  if (!first) return;
  const rule = `tensor ${first.name}: dtype must be one of ${Object.keys(storedTypes).join(", ")}`;
  throw userError(where, rule, first.stored, "Convert it.");
}

function parseEntry(name: string, raw: unknown, where: string): Entry | ForeignEntry {
  const { dtype, shape, data_offsets: offsets } = isRecord(raw) ? raw : {};
  const refuse = (rule: string, got: unknown) => userError(where, `tensor ${name}: ${rule}`, got, remedy);
  const isOwn = typeof dtype === "string" && Object.hasOwn(storedTypes, dtype);
  if (typeof dtype !== "string" || !(isOwn || Object.hasOwn(foreignBytes, dtype))) {
    throw refuse(`dtype must be one of ${Object.keys(storedTypes).join(", ")}`, dtype);
  }
  if (!isCounts(shape) || !Number.isSafeInteger(sizeOf(shape))) {
    throw refuse("shape must be a list of whole numbers", JSON.stringify(shape));
  }
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw refuse("data_offsets must be two whole numbers", JSON.stringify(offsets));
  }
  const stored = dtype as StoredType;
  const [start, end] = offsets as [number, number];
  const bytes = sizeOf(shape) * (isOwn ? storedTypes[stored].itemBytes : (foreignBytes[dtype] as number));
  if (end - start !== bytes) throw refuse(`shape [${shape}] of ${dtype} must take ${bytes} bytes`, end - start);
  return { name, stored, shape, start, end, ...(isOwn && { dtype: storedTypes[stored].dtype }) };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function checkLayout(entries: readonly ForeignEntry[], dataBytes: number, where: string): void {
  let at = 0;
  for (const { name, start, end } of entries) {
    if (start !== at) throw userError(where, `tensor ${name}: data must begin at byte ${at}`, start, remedy);
    at = end;
  }
  if (at !== dataBytes) {
    const remedyForSize = at > dataBytes ? "The file is cut off: fetch or write it again." : remedy;
    throw userError(where, `the header must be followed by ${at} bytes of data`, dataBytes, remedyForSize);
  }
}

/** The names in the order in which their data is written: wide items first, so that all stay aligned; then by name. */
export function writtenOrder(tensors: Specs, floats: FloatType = "F32"): string[] {
  const width = (name: string) => storedTypes[writtenAs((tensors[name] as Spec).dtype, floats)].itemBytes;
  return Object.keys(tensors).sort((a, b) => width(b) - width(a) || (a < b ? -1 : 1));
}

/** The length of the header and the header, padded with spaces to a multiple of 8. */
export function formatHeader(
  tensors: Specs,
  metadata: Readonly<Record<string, string>>,
  floats: FloatType = "F32",
): Uint8Array {
  let at = 0;
  const fields: [string, unknown][] = writtenOrder(tensors, floats).map((name) => {
    const { dtype, shape } = tensors[name] as Spec;
    const start = at;
    const stored = writtenAs(dtype, floats);
    at += sizeOf(shape) * storedTypes[stored].itemBytes;
    return [name, { dtype: stored, shape: [...shape], data_offsets: [start, at] }];
  });
  const notes = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (notes.length > 0) fields.unshift(["__metadata__", Object.fromEntries(notes)]);
  const members = fields.map(([name, field]) => `${JSON.stringify(name)}:${JSON.stringify(field)}`);
  const json = Buffer.from(`{${members.join(",")}}`);
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
  header.writeBigUInt64LE(BigInt(header.length - 8), 0);
  json.copy(header, 8);
  return header;
}
