/**
 * @file The chain of pages of a parquet column, checked before it is decoded.
 *
 * hyparquet 1.31 believes every page's header: a size below zero sends it round in a circle, a number of values beyond all
 * bounds into memory that nobody has. Here each header is read in the same places, and must lead on, within the column, to
 * as many values as the footer says. Format: apache/parquet-format 2.11, parquet.thrift, in Thrift's compact protocol.
 */

/** Reads bytes [from, to) of the file. */
export type ReadRange = (from: number, to: number) => Uint8Array;

export interface Pages {
  readonly start: number;
  readonly end: number;
  /** Values that the column must hold. */
  readonly values: number;
  /** Bytes of the column, unpacked; no page has more. */
  readonly textBytes: number;
}

const firstWindow = 1 << 12;

/** The header goes on beyond the bytes at hand. */
class CutOff extends Error {}

/** Throws   RangeError where the pages do not lead through the column */
export function checkPages(read: ReadRange, { start, end, values, textBytes }: Pages): void {
  let found = 0;
  for (let at = start; at < end - 1 && found < values; ) {
    const header = headerAt(read, at, end);
    const next = at + header.bytes + header.packed;
    const isSound = header.packed >= 0 && header.unpacked >= 0 && header.unpacked <= textBytes && header.values >= 0;
    if (!isSound || next > end) throw new RangeError(`the page at byte ${at} leads out of its column`);
    if (header.kind === "data") found += header.values;
    else if (header.values > header.unpacked)
      throw new RangeError(`the page at byte ${at} says that it holds ${header.values} words`);
    at = next;
  }
  if (found !== values) throw new RangeError(`its pages hold ${found} values, not ${values}`);
}

function headerAt(read: ReadRange, at: number, end: number) {
  for (let window = firstWindow; ; window *= 8) {
    const bytes = read(at, Math.min(end, at + window));
    try {
      return parseHeader(bytes);
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      if (at + window >= end) throw new RangeError(`the page at byte ${at} has no whole header`);
    }
  }
}

type Struct = ReadonlyMap<number, number | Struct | undefined>;

/** Of each type of page: where its own header is among the fields, and the fields that this must have, as numbers. */
const pageTypes: Readonly<Record<number, { readonly own: number; readonly required: readonly number[] }>> = {
  0: { own: 5, required: [1, 2, 3, 4] },
  2: { own: 7, required: [1, 2] },
  3: { own: 8, required: [1, 2, 3, 4, 5, 6] },
};
const [dictionaryPage, dataPageV2] = [2, 3];

function parseHeader(bytes: Uint8Array) {
  const reader = openReader(bytes);
  const fields = reader.struct(0);
  const number = (struct: Struct | undefined, field: number): number => {
    const value = struct?.get(field);
    if (typeof value !== "number") throw new RangeError(`a page's header lacks its field ${field}`);
    return value;
  };
  const type = number(fields, 1);
  const known = pageTypes[type];
  if (!known) throw new RangeError(`a page is of type ${type}`);
  const own = fields.get(known.own);
  const inner = known.required.map((field) => number(own instanceof Map ? own : undefined, field));
  if (inner.some((value) => value < 0)) throw new RangeError("a page's header holds a number below zero");
  const [packed, unpacked] = [number(fields, 3), number(fields, 2)];
  const [values, nulls, , , definitionBytes, repetitionBytes] = inner as [number, ...number[]];
  const levels = Number(definitionBytes) + Number(repetitionBytes);
  if (type === dataPageV2 && (Number(nulls) > values || levels > packed)) {
    throw new RangeError("a page's levels are longer than the page");
  }
  return { bytes: reader.offset(), kind: type === dictionaryPage ? "dictionary" : "data", unpacked, packed, values };
}

/** Deeper than any header of a page. */
const deepest = 8;

/** Thrift's compact protocol, as much of it as headers of pages need; numbers beyond 2^53 are of no page. */
function openReader(bytes: Uint8Array) {
  let at = 0;
  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw new CutOff();
    return value;
  };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 63; scale *= 128) {
      const next = byte();
      value += (next & 127) * scale;
      if (next < 128) return value;
    }
    throw new RangeError("a number in a page's header is too long");
  };
  const zigzag = (): number => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const skip = (count: number): undefined => {
    at += count;
    if (at > bytes.length) throw new CutOff();
    return undefined;
  };
  const list = (depth: number): undefined => {
    const head = byte();
    const count = head >> 4 === 15 ? varint() : head >> 4;
    for (let i = 0; i < count; i++) element(head & 15, depth, true);
    return undefined;
  };
  const element = (type: number, depth: number, isInList = false): number | Struct | undefined => {
    if (type === 1 || type === 2) return isInList ? skip(1) : undefined;
    if (type === 3) return skip(1);
    if (type === 4 || type === 5 || type === 6) return zigzag();
    if (type === 7) return skip(8);
    if (type === 8) return skip(varint());
    if (type === 9 || type === 10) return list(depth + 1);
    if (type === 12) return struct(depth + 1);
    throw new RangeError(`a page's header holds a field of type ${type}`);
  };
  const struct = (depth: number): Struct => {
    if (depth > deepest) throw new RangeError("a page's header is too deep");
    const fields = new Map<number, number | Struct | undefined>();
    for (let field = 0, head = byte(); head !== 0; head = byte()) {
      field = head >> 4 === 0 ? zigzag() : field + (head >> 4);
      fields.set(field, element(head & 15, depth));
    }
    return fields;
  };
  return { struct, offset: () => at };
}
