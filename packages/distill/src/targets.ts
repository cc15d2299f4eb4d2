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

/** What one substep reveals in one row: columns, and the uniform that draws each token; none in the last substep. */
interface Reveal {
  readonly columns: readonly number[];
  readonly draws: Float64Array;
}

/** [substep][row] */
export type TargetPlan = readonly (readonly Reveal[])[];

/**
 * All that is random in a batch's targets, drawn before the network runs: what is revealed does not depend on it.
 *
 * Shapes   xt [B·L] · t [B]
 * Holds    the draw of the last substep is never made
 */
export function planTargets(
  maskId: number,
  xt: Int32Array,
  t: Float64Array,
  { dt, substeps, grid }: TargetOptions,
  random: RandomStream,
): TargetPlan {
  const length = xt.length / t.length;
  const times = Array.from(t, (start) => substepTimes(grid, start, dt, substeps));
  let masked = Array.from(t, (_, row) =>
    Array.from({ length }, (_, j) => j).filter((j) => xt[row * length + j] === maskId),
  );
  return Array.from({ length: substeps }, (_, step) => {
    if (step === substeps - 1) return masked.map((columns) => ({ columns, draws: new Float64Array(0) }));
    const revealed = masked.map((columns, row) => {
      const at = times[row]?.[step] as number;
      return revealedPositions(random, columns, at - dt, at);
    });
    masked = masked.map((columns, row) => {
      const gone = new Set(revealed[row]);
      return columns.filter((j) => !gone.has(j));
    });
    return revealed.map((columns) => ({ columns, draws: random.uniforms(columns.length) }));
  });
}

/**
 * The targets of rows `from` … of a planned batch; `capacity` rows of V are made, those beyond the targets zero.
 *
 * Shapes   xt [rows · L] → logits [capacity · V]
 */
export async function plannedTargets(
  teacher: Denoiser,
  xt: Int32Array,
  plan: TargetPlan,
  { from, rows, capacity }: { readonly from: number; readonly rows: number; readonly capacity?: number },
): Promise<Targets> {
  const length = xt.length / rows;
  const V = teacher.vocabSize;
  const current = xt.slice();
  const positions = maskedPositions(xt, teacher.maskId);
  const placeOf = new Map(positions.map((position, i) => [position, i]));
  const logits = new Float32Array((capacity ?? positions.length) * V);
  const counts: number[] = [];
  for (const [step, reveals] of plan.entries()) {
    const mine = reveals.slice(from, from + rows).map((reveal, row) => ({ row, ...reveal }));
    const active = mine.filter(({ columns }) => columns.length > 0);
    counts.push(active.reduce((sum, { columns }) => sum + columns.length, 0));
    if (active.length === 0) continue;
    const asked = new Int32Array(active.length * length);
    active.forEach(({ row }, i) => {
      asked.set(current.subarray(row * length, (row + 1) * length), i * length);
    });
    const places = active.flatMap(({ columns }, i) => columns.map((j) => i * length + j));
    const found = await teacher.logits(asked, active.length, places);
    let offset = 0;
    for (const { row, columns, draws } of active) {
      for (const [k, j] of columns.entries()) {
        const position = row * length + j;
        logits.set(found.subarray(offset, offset + V), (placeOf.get(position) as number) * V);
        if (step < plan.length - 1) current[position] = drawToken(found, offset, V, draws[k] as number);
        offset += V;
      }
    }
  }
  return { positions, logits, revealed: counts.slice(0, -1) };
}

/**
 * Runs m teacher substeps of size Δ from each row's t.
 *
 * Shapes   xt [B·L] · t [B] → logits [N · V], N masked positions
 * Holds    the draw of the last substep is never made
 * Source   arXiv 2410.21035v2 algorithm 1; differs: the network runs only on rows in which a substep reveals
 */
export function sdttTargets(
  teacher: Denoiser,
  xt: Int32Array,
  t: Float64Array,
  options: TargetOptions,
  random: RandomStream,
): Promise<Targets> {
  return plannedTargets(teacher, xt, planTargets(teacher.maskId, xt, t, options, random), { from: 0, rows: t.length });
}
