/**
 * @file What the student should say at xt: the teacher's predictions over m ancestral substeps.
 *
 * Each position gets the teacher's logits from the substep that revealed it; those still masked at the end get the
 * last substep's. So the last substep's draw influences nothing and is not made, and the vocabulary head runs only
 * where a substep reveals.
 */
import type { RandomStream } from "@sdtt/core/base";
import { maskedPositions, substepTimes, type TimeGridName, unmaskProbability } from "@sdtt/core/diffusion";
import { type Denoiser, type Draw, inverseCdf } from "@sdtt/core/sampler";

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
  /** The rows after each substep but the last. [m − 1] of [B·L] */
  readonly states: readonly Int32Array[];
}

/** A masked position that a substep asks the teacher about. */
interface Asked {
  readonly row: number;
  /** Index into B·L. */
  readonly position: number;
  /** Draws its token from logits at an offset; the mask id leaves it masked. */
  draw(logits: Float32Array, offset: number): number;
}

/** One stream for all rows: for targets that are asked for once, in one piece. */
export const sharedDraw =
  (random: RandomStream): Draw =>
  () =>
    inverseCdf({ reveal: random, draw: random });

/**
 * Runs m teacher substeps of size Δ from each row's t.
 *
 * Shapes   xt [B·L] · t [B] → logits [N · V], for N masked positions, and what `allocate` gave beyond
 * Holds    the draw of the last substep is never made
 * Source   arXiv 2410.21035v2 algorithm 1; differs: the network runs only on rows in which a substep reveals
 *
 * @param draw the rule of drawing, by row
 * @param allocate room for N positions' logits; new memory of that size unless given
 */
export async function sdttTargets(
  teacher: Denoiser,
  xt: Int32Array,
  t: Float64Array,
  options: TargetOptions,
  draw: Draw,
  allocate: (positions: number) => Float32Array = (positions) => new Float32Array(positions * teacher.vocabSize),
): Promise<Targets> {
  const { vocabSize: V, maskId } = teacher;
  const current = xt.slice();
  const positions = maskedPositions(xt, maskId);
  const indexOf = new Map(positions.map((position, i) => [position, i]));
  const logits = allocate(positions.length);
  const askedAt = asker(current, t, options, maskId, draw);
  const revealed: number[] = [];
  const states: Int32Array[] = [];
  for (let step = 0; step < options.substeps; step++) {
    const last = step === options.substeps - 1;
    const asked = askedAt(step);
    const found = await answers(teacher, current, xt.length / t.length, asked);
    let count = 0;
    asked.forEach((one, i) => {
      const token = last ? undefined : one.draw(found, i * V);
      if (token === maskId) return;
      logits.set(found.subarray(i * V, (i + 1) * V), (indexOf.get(one.position) as number) * V);
      if (token !== undefined) current[one.position] = token;
      count++;
    });
    if (last) break;
    revealed.push(count);
    states.push(current.slice());
  }
  return { positions, logits, revealed, states };
}

/** What each substep asks: what it may reveal, and at the last one everything that is left. */
function asker(xt: Int32Array, t: Float64Array, options: TargetOptions, maskId: number, draw: Draw) {
  const { grid, dt, substeps } = options;
  const length = xt.length / t.length;
  const rows = Array.from(t, (start, row) => ({ rule: draw(row), times: substepTimes(grid, start, dt, substeps) }));
  return (step: number): Asked[] =>
    rows.flatMap(({ rule, times }, row) => {
      const at = times[step] as number;
      const probability = unmaskProbability(at - dt, at);
      const masked = maskedPositions(xt.subarray(row * length, (row + 1) * length), maskId);
      const chosen = step === substeps - 1 ? masked : rule.asked(masked, probability);
      return chosen.map((j) => ({
        row,
        position: row * length + j,
        draw: (logits, offset) => rule.token(logits, offset, maskId + 1, j, probability),
      }));
    });
}

/** The teacher's logits [N · V], in one evaluation of the rows that are asked about. */
async function answers(teacher: Denoiser, xt: Int32Array, length: number, asked: readonly Asked[]) {
  if (asked.length === 0) return new Float32Array(0);
  const active = [...new Set(asked.map(({ row }) => row))];
  const rows = new Int32Array(active.length * length);
  active.forEach((row, i) => {
    rows.set(xt.subarray(row * length, (row + 1) * length), i * length);
  });
  const shift = new Map(active.map((row, i) => [row, (i - row) * length]));
  const positions = asked.map(({ row, position }) => position + (shift.get(row) as number));
  return teacher.logits(rows, active.length, positions);
}
