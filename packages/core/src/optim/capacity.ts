/**
 * @file Positions that need the vocabulary head, padded to one of a few capacities.
 *
 * A compiled program has static shapes; padding with positions that were not chosen keeps the list free of
 * repetitions, so that the gradient of taking rows has no two terms for one row.
 */

/** The smallest capacity (an eighth, a quarter, half, five eighths or all of `total`) that holds `count`. */
export function capacityFor(count: number, total: number): number {
  const shares = [1 / 8, 1 / 4, 1 / 2, 5 / 8, 1];
  const share = shares.find((s) => Math.ceil(s * total) >= count) ?? 1;
  return Math.ceil(share * total);
}

/**
 * `chosen`, then positions that are not in it, up to `capacity`.
 *
 * Holds    no position occurs twice
 */
export function padPositions(chosen: readonly number[], capacity: number, total: number): Int32Array {
  const positions = new Int32Array(capacity);
  positions.set(chosen);
  const taken = new Set(chosen);
  let filled = chosen.length;
  for (let i = 0; filled < capacity && i < total; i++) if (!taken.has(i)) positions[filled++] = i;
  return positions;
}
