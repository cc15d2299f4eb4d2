/**
 * @file Low-rank factors of a table with holes: value(row, column) ≈ mean of the column + effect of the row + P_row · E_column.
 *
 * Fitted by least squares with a ridge, rows and columns in turn. Rank 0 is what row and column means say, which every higher rank has to
 * beat on what it has not seen (`heldOut.ts`). Source   arXiv 2410.02223 (EmbedLLM), whose w · (P ⊙ e) is this without w, P taking it in;
 * differs: no encoder of the items' texts, values of all kinds and not right or wrong alone.
 */
import { randomStream } from "../base/random.js";

export interface Entry {
  readonly row: number;
  readonly column: number;
  readonly value: number;
  readonly weight: number;
}

export interface FactorOptions {
  readonly rank: number;
  /** Added to the squares of all but a column's mean; values are taken to be of size 1. */
  readonly ridge: number;
  readonly sweeps: number;
}

export type Predict = (row: number, column: number) => number;

/** x of A x = b, for a positive definite A. Shapes   a [n · n], b [n], both of them overwritten */
export function solved(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = (a[i * n + k] as number) / (a[k * n + k] as number);
      for (let j = k; j < n; j++) a[i * n + j] = (a[i * n + j] as number) - factor * (a[k * n + j] as number);
      b[i] = (b[i] as number) - factor * (b[k] as number);
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) b[k] = (b[k] as number) - (a[k * n + j] as number) * (b[j] as number);
    b[k] = (b[k] as number) / (a[k * n + k] as number);
  }
  return b;
}

/**
 * Ridge regression of what is left of each entry on the regressors of its other side.
 *
 * @param free how many of the first coefficients are hardly held back
 */
function regressed(
  own: readonly Entry[],
  other: (entry: Entry) => Float64Array,
  left: (entry: Entry) => number,
  { ridge, free }: { readonly ridge: number; readonly free: number },
  size: number,
): Float64Array {
  const a = new Float64Array(size * size);
  const b = new Float64Array(size);
  for (let k = 0; k < size; k++) a[k * size + k] = k < free ? 1e-9 : ridge;
  for (const entry of own) {
    const x = other(entry);
    const y = left(entry);
    for (let i = 0; i < size; i++) {
      const wx = entry.weight * (x[i] as number);
      b[i] = (b[i] as number) + wx * y;
      for (let j = 0; j < size; j++) a[i * size + j] = (a[i * size + j] as number) + wx * (x[j] as number);
    }
  }
  return solved(a, b);
}

function grouped(entries: readonly Entry[], count: number, by: "row" | "column"): Entry[][] {
  const groups = Array.from({ length: count }, (): Entry[] => []);
  for (const entry of entries) groups[entry[by]]?.push(entry);
  return groups;
}

/**
 * Fits the factors to the entries that are there.
 *
 * Holds    of a column without entries the mean is 0, of a row without entries the effect
 */
export function fitFactors(
  entries: readonly Entry[],
  { rows, columns }: { readonly rows: number; readonly columns: number },
  { rank, ridge, sweeps }: FactorOptions,
): Predict {
  const random = randomStream(1, "factors", rank);
  // A row: 1, its effect, P. A column: its mean, 1, E. Their product is the model.
  const ofRow = Array.from({ length: rows }, () => Float64Array.from([1, 0, ...random.normals(rank)]));
  const ofColumn = Array.from({ length: columns }, () => Float64Array.from([0, 1, ...new Float64Array(rank)]));
  const [byRow, byColumn] = [grouped(entries, rows, "row"), grouped(entries, columns, "column")];
  for (let sweep = 0; sweep < sweeps; sweep++) {
    // Regressors 1 and P; what the row's effect says is taken off before.
    const beside = ofRow.map((row) => Float64Array.from([1, ...row.subarray(2)]));
    byColumn.forEach((own, c) => {
      const column = ofColumn[c] as Float64Array;
      const without = (e: Entry) => e.value - ((ofRow[e.row] as Float64Array)[1] as number);
      const x = (e: Entry) => beside[e.row] as Float64Array;
      const found = regressed(own, x, without, { ridge, free: 1 }, rank + 1);
      column[0] = own.length === 0 ? 0 : (found[0] as number);
      column.set(found.subarray(1), 2);
    });
    const under = ofColumn.map((column) => column.subarray(1));
    byRow.forEach((own, r) => {
      const row = ofRow[r] as Float64Array;
      const without = (e: Entry) => e.value - ((ofColumn[e.column] as Float64Array)[0] as number);
      const x = (e: Entry) => under[e.column] as Float64Array;
      row.set(regressed(own, x, without, { ridge, free: 0 }, rank + 1), 1);
    });
  }
  return (r, c) => {
    const column = ofColumn[c] as Float64Array;
    return (ofRow[r] as Float64Array).reduce((sum, x, k) => sum + x * (column[k] as number), 0);
  };
}
