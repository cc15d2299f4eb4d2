/**
 * @file Standard errors where a mean over texts has none: of statistics of all texts together, and of what few texts have.
 */
import { type Estimated, mean, squaresAbout } from "@sdtt/core/statistics";

/** Of a statistic, from its values with each text left out; NaN for fewer than two texts. */
export function jackknifeStderr(without: readonly number[]): number {
  const n = without.length;
  return n > 1 ? Math.sqrt(((n - 1) / n) * squaresAbout(without, mean(without))) : Number.NaN;
}

/** Fewer texts than this that have something at all say next to nothing of how many have. */
const fewest = 10;

/**
 * The estimate, without its error where few texts have anything of it: an interval of what three texts of a hundred have holds
 * the truth a third to three quarters of the time (experiments/src/intervals).
 */
export function unlessRare(estimate: Estimated, each: readonly number[]): Estimated {
  return each.filter((value) => value > 0).length < fewest ? { ...estimate, stderr: Number.NaN } : estimate;
}
