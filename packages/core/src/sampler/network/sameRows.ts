/**
 * @file Rows that are equal, asked about once: what the network says of a row depends on nothing but its ids, and what it is told.
 *
 * In the first step all rows are, unless prompts differ: one row in place of a batch, an eighth of the work of eight steps.
 * Only where no row stands alone, so that a batch which is filled up to a program's size keeps its program.
 */
export interface SameRows {
  /** The rows that differ, in the order in which they first occur. [distinct · L] */
  readonly xt: Int32Array;
  readonly rows: number;
  /** Positions in `xt`, none twice. */
  readonly positions: readonly number[];
  /** Of each position that was asked for, the index of the one in `positions` that answers for it. */
  readonly answers: readonly number[];
  /** Of each row, which of those that differ it is. */
  readonly rowOf: readonly number[];
}

/** What a row is told: the same object, or nothing, in rows that are told alike. */
type Told = readonly (object | undefined)[];

/** Of each row, the number of the first that is equal to it, among those that are the first. */
function distinct(xt: Int32Array, rows: number, told: Told) {
  const length = xt.length / rows;
  const known = new Map<object | undefined, Map<string, number>>();
  const first: number[] = [];
  const rowOf = Array.from({ length: rows }, (_, i) => {
    const { buffer, byteOffset, byteLength } = xt.subarray(i * length, (i + 1) * length);
    const key = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    const alike = known.get(told[i]) ?? new Map<string, number>();
    known.set(told[i], alike);
    const found = alike.get(key);
    if (found !== undefined) return found;
    alike.set(key, first.length);
    return first.push(i) - 1;
  });
  return { first, rowOf };
}

/** What must be asked, so that all is answered; undefined where some row occurs once. */
export function sameRows(
  xt: Int32Array,
  rows: number,
  positions: readonly number[],
  told: Told = [],
): SameRows | undefined {
  const length = xt.length / rows;
  const { first, rowOf } = distinct(xt, rows, told);
  if (first.some((i, k) => rowOf.lastIndexOf(k) === i)) return undefined;
  const ids = new Int32Array(first.length * length);
  first.forEach((i, k) => {
    ids.set(xt.subarray(i * length, (i + 1) * length), k * length);
  });
  const indices = new Map<number, number>();
  const answers = positions.map((position) => {
    const at = (rowOf[Math.floor(position / length)] as number) * length + (position % length);
    const index = indices.get(at) ?? indices.size;
    indices.set(at, index);
    return index;
  });
  return { xt: ids, rows: first.length, positions: [...indices.keys()], answers, rowOf };
}

/** Rows of `size` values in the order of `answers`, written to `all`, which is given back. */
export function spreadRows(values: Float32Array, size: number, answers: readonly number[], all: Float32Array) {
  answers.forEach((row, i) => {
    all.set(values.subarray(row * size, (row + 1) * size), i * size);
  });
  return all;
}
