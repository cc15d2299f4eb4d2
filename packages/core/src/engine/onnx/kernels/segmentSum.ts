/**
 * @file Sums of rows that share a segment: the gradient of an embedding.
 */
import { sizeOf } from "../../../base/tensor.js";
import type { Graph, Value } from "../graph.js";
import { gather, reshape, slice } from "./arrange.js";
import { matMul } from "./combine.js";
import { binary, cast, compare } from "./elementwise.js";
import { type KernelRule, one, same } from "./rule.js";

/**
 * Rows that are summed at once: 4√S, rounded to a power of two. The product costs more the more rows there are, and
 * ScatterND, which copies all segments, the fewer; this is near the least of both for any width.
 */
const rowsAtOnce = (segments: number): number => 2 ** Math.round(Math.log2(4 * Math.sqrt(segments)));

/**
 * `sums` with the rows of `x` added to those of their segments. A product with the matrix that says which rows are of
 * one segment gives each row its segment's total, so that rows of one segment write the same, in whatever order.
 *
 * Shapes   sums [S, D] · ids [n] · x [n, D] → [S, D]
 */
function addedSegments(graph: Graph, sums: Value, ids: Value, x: Value): Value {
  const n = x.shape[0] as number;
  const [column, row] = [reshape(graph, ids, [n, 1]), reshape(graph, ids, [1, n])];
  const alike = compare("Equal")(graph, { a: column, b: row }, {}) as Value;
  const product = { transposeA: false, transposeB: false };
  const totals = matMul(graph, { a: cast(graph, alike, "float32"), b: x }, product);
  const before = gather(graph, { x: sums, indices: ids }, { axis: 0 }) as Value;
  const next = binary("Add")(graph, { a: before, b: totals }, {}) as Value;
  return one(graph.add("ScatterND", [sums, cast(graph, column, "int64"), next], [same(sums)]));
}

/**
 * Sums rows of `x` that share a segment; the sum does not depend on threads. ScatterND(add) would be shorter, but races
 * where segments repeat; ScatterElements walks column by column, five times as slow where the values are not in the cache.
 *
 * Holds    a value that is not finite spreads to the rows that are summed at once with it
 */
export const segmentSum: KernelRule = (graph, { x, segmentIds }, { numSegments }) => {
  const data = x as Value;
  const ids = segmentIds as Value;
  if (data.dtype !== "float32") throw new Error(`UnsortedSegmentSum of ${data.dtype}`);
  const row = data.shape.slice(ids.shape.length);
  const [count, width, segments] = [sizeOf(ids.shape), sizeOf(row), Number(numSegments)];
  const shape = [segments, ...row];
  const zeros = graph.fill(0, [segments, width], data.dtype);
  if (count === 0) return reshape(graph, zeros, shape);
  const flatIds = reshape(graph, cast(graph, ids, "int32"), [count]);
  const rows = reshape(graph, data, [count, width]);
  const atOnce = rowsAtOnce(segments);
  let sums = zeros;
  for (let from = 0; from < count; from += atOnce) {
    const n = Math.min(atOnce, count - from);
    const own = slice(graph, { x: flatIds }, { begin: [from], size: [n] }) as Value;
    sums = addedSegments(graph, sums, own, slice(graph, { x: rows }, { begin: [from, 0], size: [n, width] }) as Value);
  }
  return reshape(graph, sums, shape);
};
