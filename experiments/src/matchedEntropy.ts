/**
 * @file The control: how much of a student's gain a teacher gets by temperature alone.
 *
 * A lower temperature sharpens and so lowers gen-PPL and entropy together. At each step count the teacher's
 * ln gen-PPL is interpolated, linearly in entropy, at the student's entropy; what the student is better by is its
 * gain at matched entropy (SDTT.md §3).
 */

export interface Point {
  readonly entropy: number;
  readonly genPpl: number;
}

/** The teacher's gen-PPL at `entropy`; undefined outside the temperatures that were measured. */
export function atEntropy(frontier: readonly Point[], entropy: number): number | undefined {
  const sorted = [...frontier].sort((a, b) => a.entropy - b.entropy);
  for (let i = 1; i < sorted.length; i++) {
    const [low, high] = [sorted[i - 1] as Point, sorted[i] as Point];
    if (entropy < low.entropy || entropy > high.entropy) continue;
    const share = high.entropy === low.entropy ? 0 : (entropy - low.entropy) / (high.entropy - low.entropy);
    return Math.exp((1 - share) * Math.log(low.genPpl) + share * Math.log(high.genPpl));
  }
  return undefined;
}

/** Teacher's gen-PPL at the student's entropy, over the student's: above 1 the student is better. */
export function gainAtMatchedEntropy(frontier: readonly Point[], student: Point): number | undefined {
  const control = atEntropy(frontier, student.entropy);
  return control === undefined ? undefined : control / student.genPpl;
}
