/**
 * @file Many verdicts at once: Holm's correction, so that one false "better" among all of a table is as rare as one verdict
 * alone would have it.
 */

/**
 * Each p-value as it counts within its family: with the smallest times n, the next times n − 1, …, never falling.
 *
 * Holds    the chance of any false rejection at `adjusted ≤ level` is at most level, however the tests depend on each other
 * Source   S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979)
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] as number) - (pValues[b] as number));
  const adjusted = Array<number>(pValues.length).fill(1);
  let least = 0;
  for (const [place, index] of order.entries()) {
    least = Math.min(1, Math.max(least, (pValues.length - place) * (pValues[index] as number)));
    adjusted[index] = least;
  }
  return adjusted;
}
