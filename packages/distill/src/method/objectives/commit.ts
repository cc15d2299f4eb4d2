/**
 * @file Commit-time targets: the student writes a row until all of it stands, and learns at an earlier state what the teacher says where each
 * token was committed.
 *
 * SDTT's teacher takes m steps of a size that is given; here the student's own confidence decides how long a position waits, and rows are the
 * student's, so that it learns to mend what it does itself. A step commits what the student is sure of (`threshold` or more) and the surest
 * position in any case; the last of `steps` commits all that is left. The teacher is asked in each state for what that step commits; the student
 * learns at the state before one of the steps, drawn by chance. Source   arXiv 2609.15177; there the divergence is Jensen–Shannon's
 * (`--divergence=jensen-shannon`); differs: rows begin at a random time of the text and not from nothing, tokens are drawn.
 */
import { type RandomStream, randomStream, reusedMemory } from "@sdtt/core/base";
import { maskedPositions } from "@sdtt/core/diffusion";
import type { ModelConfig } from "@sdtt/core/model";
import { capacityFor } from "@sdtt/core/optim";
import { type Denoiser, drawToken, tokenLaw } from "@sdtt/core/sampler";
import type { Task } from "../../training/task.js";
import { noisedBatches, type RoundData } from "../noised.js";
import { type RoundOptions, roundInputs, roundLoss } from "../roundTask.js";

export interface CommitOptions extends Pick<RoundOptions, "round" | "divergence" | "lossPrecision"> {
  /** Steps in which all is committed, at most. */
  readonly steps: number;
  /** Probability of the likeliest token from which a position is committed. */
  readonly threshold: number;
}

/** A row as the student writes it: before each step, and the step (from 1) that committed each position; 0 where it was given. */
export interface Rollout {
  /** [steps] of [B·L]; the first is xt. */
  readonly states: readonly Int32Array[];
  readonly committedAt: Int32Array;
}

/**
 * Probabilities closer than this are alike, and the first of the surest is taken: in a row of masks alone all positions are alike but for
 * rounding, which must not decide.
 */
const alike = 1e-4;

/** Which of a row's masked positions a step commits. Shapes   sure [N] → N */
function committed(sure: readonly number[], threshold: number, isLast: boolean): boolean[] {
  const most = sure.reduce((best, p) => Math.max(best, p), 0);
  const surest = sure.findIndex((p) => p >= most - alike);
  return sure.map((p, k) => isLast || k === surest || p >= threshold);
}

/**
 * Shapes   xt [B·L]
 *
 * @param drawOf the draws of a row's tokens, one for each masked position of each step
 */
export async function rolledOut(
  student: Denoiser,
  xt: Int32Array,
  length: number,
  { steps, threshold }: Pick<CommitOptions, "steps" | "threshold">,
  drawOf: (row: number) => RandomStream,
): Promise<Rollout> {
  const { vocabSize: V, maskId } = student;
  const rows = Array.from({ length: xt.length / length }, (_, row) => ({ start: row * length, draw: drawOf(row) }));
  const states: Int32Array[] = [];
  const committedAt = new Int32Array(xt.length);
  const current = xt.slice();
  for (let step = 1; step <= steps; step++) {
    states.push(current.slice());
    const asked = maskedPositions(current, maskId);
    const logits = await student.logits(states.at(-1) as Int32Array, rows.length, asked);
    const indexOf = new Map(asked.map((position, k) => [position, k]));
    for (const { start, draw } of rows) {
      const own = asked.filter((position) => position >= start && position < start + length);
      const offsets = own.map((position) => V * (indexOf.get(position) as number));
      const sure = offsets.map((offset) => tokenLaw(logits, offset, V).reduce((best, p) => Math.max(best, p)));
      const isCommitted = committed(sure, threshold, step === steps);
      own.forEach((position, k) => {
        const token = drawToken(logits, offsets[k] as number, V, draw.uniform());
        if (!isCommitted[k]) return;
        current[position] = token;
        committedAt[position] = step;
      });
    }
  }
  return { states, committedAt };
}

/** Positions of rows that are masked before the step that each learns at. */
const waiting = ({ committedAt }: Rollout, from: readonly number[], length: number): number[] =>
  [...committedAt.keys()].filter((i) => (committedAt[i] as number) > (from[Math.floor(i / length)] as number));

/**
 * What the teacher says of `positions`, each in the state in which it was committed.
 *
 * Shapes   → [N · V]
 */
async function saidAtCommit(
  teacher: Denoiser,
  { states, committedAt }: Rollout,
  rows: number,
  positions: readonly number[],
  logits: Float32Array,
): Promise<Float32Array> {
  const { vocabSize: V } = teacher;
  for (const [i, state] of states.entries()) {
    const own = [...positions.keys()].filter((k) => committedAt[positions[k] as number] === i + 1);
    const found = await teacher.logits(
      state,
      rows,
      own.map((k) => positions[k] as number),
    );
    own.forEach((k, n) => {
      logits.set(found.subarray(n * V, (n + 1) * V), k * V);
    });
  }
  return logits;
}

/** The task of a round whose targets are the teacher's at commit time. */
export function commitTask(teacher: Denoiser, model: ModelConfig, data: RoundData, options: CommitOptions): Task {
  const { sequences, length, seed } = data;
  const { round, steps } = options;
  const V = model.vocabSize;
  const memory = reusedMemory();
  const batch = noisedBatches(model, data, round, async ({ n, rows, xt, t, masked }, _dropout, student) => {
    if (!student) throw new Error("commit-time targets are of rows that the student writes");
    const streamOf = (what: string, row: number) => randomStream(seed, "round", round, n, what, rows.from + row);
    const rollout = await rolledOut(student, xt, length, options, (row) => streamOf("rollout", row));
    const from = Array.from(t, (_, row) => streamOf("from", row).integer(steps));
    // A row that is done before the step drawn has its last state; at least one position waits there.
    const last = from.map((step, row) => {
      const own = rollout.committedAt.subarray(row * length, (row + 1) * length);
      return Math.max(0, Math.min(step, own.reduce((most, at) => Math.max(most, at), 0) - 1));
    });
    const positions = waiting(rollout, last, length);
    const room = memory(capacityFor(positions.length, xt.length) * V);
    const logits = await saidAtCommit(teacher, rollout, t.length, positions, room);
    const state = Int32Array.from(xt, (_, i) => rollout.states[last[Math.floor(i / length)] as number]?.[i] as number);
    return roundInputs(state, [t.length, length], { positions, logits }, V, masked);
  });
  const loss = roundLoss(model, { ...options, substeps: steps + 1 });
  return { label: `round ${round}`, model, tokensPerUpdate: sequences * length, loss, batch };
}
