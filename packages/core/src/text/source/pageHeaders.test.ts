/** @file Pages of parquet: a chain that leads through its column passes, each way of leading elsewhere is refused. */
import { describe, expect, it } from "vitest";
import { checkPages } from "./pageHeaders.js";

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
const zigzag = (value: number) => varint(value < 0 ? -2 * value - 1 : 2 * value);

type Field = readonly [id: number, value: number | Field[] | Uint8Array];

/** A struct in Thrift's compact protocol: whole numbers, structs and bytes. */
function struct(fields: readonly Field[]): number[] {
  let before = 0;
  const bytes = fields.flatMap(([id, value]) => {
    const type = typeof value === "number" ? 5 : value instanceof Uint8Array ? 8 : 12;
    const body =
      typeof value === "number"
        ? zigzag(value)
        : value instanceof Uint8Array
          ? [...varint(value.length), ...value]
          : struct(value);
    const head = ((id - before) << 4) | type;
    before = id;
    return [head, ...body];
  });
  return [...bytes, 0];
}

interface Changes {
  readonly type?: number;
  readonly packed?: number;
  readonly unpacked?: number;
  readonly values?: number;
  readonly own?: Field[];
}

const body = 20;
/** A data page of three values in 20 bytes. */
function page({ type = 0, packed = body, unpacked = body, values = 3, own }: Changes = {}): number[] {
  const usual: Field[] = [
    [1, values],
    [2, 0],
    [3, 3],
    [4, 3],
    ...(type === 3
      ? ([
          [5, 2],
          [6, 0],
        ] as Field[])
      : []),
  ];
  const place = { 0: 5, 2: 7, 3: 8 }[type] ?? 5;
  const fields: Field[] = [
    [1, type],
    [2, unpacked],
    [3, packed],
    [place, own ?? usual],
  ];
  return [...struct(fields), ...Array<number>(Math.max(0, Math.min(packed, 1000))).fill(7)];
}

function check(pages: readonly number[], changes: object = {}): () => void {
  const bytes = Uint8Array.from([9, 9, 9, 9, ...pages]);
  const read = (from: number, to: number) => bytes.subarray(from, to);
  const column = { start: 4, end: bytes.length, values: 6, textBytes: 100, ...changes };
  return () => checkPages(read, column);
}

describe("pages that lead through their column", () => {
  it("of both versions and behind a dictionary pass", () => {
    expect(check([...page(), ...page()])).not.toThrow();
    expect(check([...page({ type: 2 }), ...page({ type: 3 }), ...page({ type: 3 })])).not.toThrow();
  });

  it("may have statistics in their headers, longer than what is read at once", () => {
    const own: Field[] = [
      [1, 6],
      [2, 0],
      [3, 3],
      [4, 3],
      [5, [[1, new Uint8Array(9000)]]],
    ];
    expect(check(page({ own }), { textBytes: 20_000 })).not.toThrow();
  });
});

describe("pages are refused", () => {
  it.each([
    ["whose size is below zero, which would lead in a circle", page({ packed: -30 }), "leads out of its column"],
    ["that end behind their column", [...page(), ...page({ packed: 500 }).slice(0, 60)], "leads out of its column"],
    ["larger unpacked than the whole column", page({ unpacked: 101 }), "leads out of its column"],
    ["with fewer values than the footer says", page(), "its pages hold 3 values, not 6"],
    ["with more", [...page({ values: 5 }), ...page({ values: 5 })], "its pages hold 10 values, not 6"],
    ["with a number of values below zero", page({ values: -1 }), "holds a number below zero"],
    [
      "without the length of their levels",
      page({
        type: 3,
        own: [
          [1, 3],
          [2, 0],
          [3, 3],
          [4, 0],
        ],
      }),
      "lacks its field 5",
    ],
    [
      "whose levels are longer than they are",
      page({
        type: 3,
        own: [
          [1, 3],
          [2, 0],
          [3, 3],
          [4, 0],
          [5, 15],
          [6, 6],
        ],
      }),
      "levels are longer",
    ],
    ["of no known type", page({ type: 7 }), "a page is of type 7"],
    ["with a dictionary of more words than bytes", page({ type: 2, values: 21 }), "says that it holds 21 words"],
    ["whose header is cut off", page().slice(0, 8), "has no whole header"],
  ])("%s", (_, pages, message) => {
    expect(check(pages)).toThrow(RangeError);
    expect(check(pages)).toThrow(message);
  });
});
