/**
 * @file The control: how much of a student's gain a teacher gets by temperature alone.
 *
 * A lower temperature sharpens and so lowers gen-PPL and entropy together. At each step count the teacher's
 * ln gen-PPL is interpolated, linearly in entropy, at the student's entropy; what the student is better by is its
 * gain at matched entropy. Nothing is said outside of the temperatures that were measured. Between two of them the chord
 * lies above a convex frontier: by 2 to 3 % where temperatures are 0.2 apart, below 0.5 % where they are 0.1 apart.
 */

/** Where the samples of one model under one temperature lie. */
export interface Point {
  readonly entropy: number;
  readonly genPpl: number;
}

/** The same with its errors; those that are not known are NaN. */
export interface JudgedPoint extends Point {
  /** Of ln gen-PPL. */
  readonly lnStderr: number;
  readonly entropyStderr: number;
  /** Of the two errors, which come from the same samples. */
  readonly correlation: number;
}

export interface PointRow {
  readonly value: number;
  readonly stderr?: number | null;
  readonly entropy?: number | null;
  readonly entropyStderr?: number | null;
  readonly entropyCorrelation?: number | null;
}

/** A store's row as a point. Where nobody kept how its errors go together they count as independent, which is careful. */
export function pointOfRow({ value, stderr, entropy, entropyStderr, entropyCorrelation }: PointRow): JudgedPoint {
  return {
    entropy: entropy ?? Number.NaN,
    genPpl: value,
    lnStderr: (stderr ?? Number.NaN) / value,
    entropyStderr: entropyStderr ?? Number.NaN,
    correlation: entropyCorrelation ?? 0,
  };
}

interface Chord<P extends Point> {
  readonly low: P;
  readonly high: P;
  /** Of `high`; that of `low` is 1 − share. */
  readonly share: number;
  /** Of ln gen-PPL over entropy. */
  readonly slope: number;
}

/** The two measured temperatures between which an entropy lies; undefined outside of all. */
function chordAt<P extends Point>(frontier: readonly P[], entropy: number): Chord<P> | undefined {
  const usable = frontier.filter((point) => point.genPpl > 0 && Number.isFinite(point.genPpl + point.entropy));
  const sorted = usable.sort((a, b) => a.entropy - b.entropy);
  for (let i = 1; i < sorted.length; i++) {
    const [low, high] = [sorted[i - 1] as P, sorted[i] as P];
    if (!(entropy >= low.entropy && entropy <= high.entropy)) continue;
    const width = high.entropy - low.entropy;
    if (width === 0) return { low, high, share: 0, slope: 0 };
    return { low, high, share: (entropy - low.entropy) / width, slope: Math.log(high.genPpl / low.genPpl) / width };
  }
  return undefined;
}

/** The teacher's gen-PPL at `entropy`; undefined outside the temperatures that were measured. */
export function atEntropy(frontier: readonly Point[], entropy: number): number | undefined {
  const chord = chordAt(frontier, entropy);
  return chord && Math.exp((1 - chord.share) * Math.log(chord.low.genPpl) + chord.share * Math.log(chord.high.genPpl));
}

/** Teacher's gen-PPL at the student's entropy, over the student's: above 1 the student is better. */
export function gainAtMatchedEntropy(frontier: readonly Point[], student: Point): number | undefined {
  const control = atEntropy(frontier, student.entropy);
  return control === undefined ? undefined : control / student.genPpl;
}

/** The variance of slope · entropy − ln gen-PPL, whose two errors are of the same samples. */
export function varianceAlong({ lnStderr, entropyStderr, correlation }: JudgedPoint, slope: number): number {
  const [own, moved] = [lnStderr, slope * entropyStderr];
  return own ** 2 + moved ** 2 - 2 * correlation * own * moved;
}

/** The teacher at a student's entropy: what it has there, and how wrong that may be. */
export interface ControlPoint {
  readonly lnGenPpl: number;
  /** Of ln gen-PPL over entropy: how far an error of the student's entropy moves it. */
  readonly slope: number;
  /** Of `lnGenPpl`, from the teacher's samples alone. */
  readonly variance: number;
}

export function controlAt(frontier: readonly JudgedPoint[], entropy: number): ControlPoint | undefined {
  const chord = chordAt(frontier, entropy);
  if (!chord) return undefined;
  const { low, high, share, slope } = chord;
  const lnGenPpl = (1 - share) * Math.log(low.genPpl) + share * Math.log(high.genPpl);
  const variance = (1 - share) ** 2 * varianceAlong(low, slope) + share ** 2 * varianceAlong(high, slope);
  return { lnGenPpl, slope, variance };
}

/**
 * The logarithm of the gain with its standard error over samples, by the delta method.
 *
 * Samples of unlike temperatures and models are taken as independent: where they share their draws, errors are a little
 * too large (correlations of 0.1 were measured).
 */
export function lnGainOf(
  frontier: readonly JudgedPoint[],
  student: JudgedPoint,
): { readonly value: number; readonly stderr: number } | undefined {
  const control = controlAt(frontier, student.entropy);
  if (!control) return undefined;
  const { lnGenPpl, slope, variance } = control;
  const value = lnGenPpl - Math.log(student.genPpl);
  return { value, stderr: Math.sqrt(variance + varianceAlong(student, slope)) };
}

/** The gain of a student's row over the rows of its teacher's temperatures; undefined outside of them. */
export function gainOfRows(
  teacher: readonly PointRow[],
  student: PointRow,
): { readonly value: number; readonly stderr: number | null } | undefined {
  const gain = lnGainOf(teacher.map(pointOfRow), pointOfRow(student));
  if (!gain) return undefined;
  const value = Math.exp(gain.value);
  return { value, stderr: Number.isNaN(gain.stderr) ? null : value * gain.stderr };
}
