/**
 * @file What the student should say at xt: the teacher's predictions over m ancestral substeps.
 *
 * Each position gets the teacher's logits from the substep that revealed it; those still masked at the end get the
 * last substep's. So the last substep's draw influences nothing and is not made, and the vocabulary head runs only
 * where a substep reveals.
 */
import {
  type Denoiser,
  drawToken,
  maskedPositions,
  type RandomStream,
  revealedPositions,
  substepTimes,
  type TimeGridName,
} from "@sdtt/core";

export interface TargetOptions {
  /** Step of one teacher substep, in unit time. */
  readonly dt: number;
  /** m: teacher substeps that the student does in one. */
  readonly substeps: number;
  readonly grid: TimeGridName;
}

export interface Targets {
  /** Masked positions of xt, ascending: indices into B·L. */
  readonly positions: readonly number[];
  /** The teacher's raw logits for each of them. [N · V] */
  readonly logits: Float32Array;
  /** Positions revealed by each substep but the last. */
  readonly revealed: readonly number[];
}

/**
 * Runs m teacher substeps of size Δ from each row's t.
 *
 * Shapes   xt [B·L] · t [B] → logits [N · V], N masked positions
 * Holds    the draw of the last substep is never made
 * Source   arXiv 2410.21035v2 algorithm 1; differs: the network runs only on rows in which a substep reveals
 */
export async function sdttTargets(
  teacher: Denoiser,
  xt: Int32Array,
  t: Float64Array,
  options: TargetOptions,
  random: RandomStream,
): Promise<Targets> {
  const batch = t.length;
  const length = xt.length / batch;
  const V = teacher.vocabSize;
  const current = xt.slice();
  const positions = maskedPositions(xt, teacher.maskId);
  const rowOf = new Map(positions.map((position, i) => [position, i]));
  const logits = new Float32Array(positions.length * V);
  const times = Array.from(t, (start) => substepTimes(options.grid, start, options.dt, options.substeps));
  const maskedIn = (row: number) =>
    Array.from({ length }, (_, j) => j).filter((j) => current[row * length + j] === teacher.maskId);
  const counts: number[] = [];

  for (let step = 0; step < options.substeps; step++) {
    const last = step === options.substeps - 1;
    const active = Array.from({ length: batch }, (_, row) => {
      const at = times[row]?.[step] as number;
      const masked = maskedIn(row);
      return { row, revealed: last ? masked : revealedPositions(random, masked, at - options.dt, at) };
    }).filter(({ revealed }) => revealed.length > 0);
    counts.push(active.reduce((sum, { revealed }) => sum + revealed.length, 0));
    if (active.length === 0) continue;
    const rows = new Int32Array(active.length * length);
    active.forEach(({ row }, i) => {
      rows.set(current.subarray(row * length, (row + 1) * length), i * length);
    });
    const asked = active.flatMap(({ revealed }, i) => revealed.map((j) => i * length + j));
    const found = await teacher.logits(rows, active.length, asked);
    let taken = 0;
    for (const { row, revealed } of active) {
      for (const j of revealed) {
        const offset = taken++ * V;
        const position = row * length + j;
        logits.set(found.subarray(offset, offset + V), (rowOf.get(position) as number) * V);
        if (!last) current[position] = drawToken(found, offset, V, random.uniform());
      }
    }
  }
  return { positions, logits, revealed: counts.slice(0, -1) };
}
