/**
 * @file Self-conditioning: every second row is told what the network says of it, as it will be told what it said when it samples.
 *
 * A first pass of those rows, as the network is before the update, without dropout and gradient, told nothing; the row's loss is then that of
 * a network that was told. The others are told nothing, so that the network is a denoiser of its own too, for its first step and for whoever asks
 * it alone (bounds, last words, the next round). Source   arXiv 2208.04202 §3.2; differs: there chance decides for a whole batch, here rows take
 * turns from update to update, so that all microbatches are alike and nothing is drawn.
 */
import { float32, reusedMemory, type Tensor, type TensorMap } from "@sdtt/core/base";
import { isSelfConditioned } from "@sdtt/core/model";
import { type Denoiser, tokenLaw } from "@sdtt/core/sampler";
import type { LiveStudent } from "./liveStudent.js";
import type { Part, Task } from "./task.js";

/** Is a row, counted over the batch, told in update n? */
export const isToldSelf = (n: number, row: number): boolean => (n + row) % 2 === 1;

/** A part's rows that are told, side by side. */
function toldRows({ ids }: TensorMap, n: number, first: number) {
  const { data, shape } = ids as Tensor;
  const [count, length] = shape as [number, number];
  const rows = Array.from({ length: count }, (_, row) => row).filter((row) => isToldSelf(n, first + row));
  const xt = new Int32Array(rows.length * length);
  rows.forEach((row, k) => {
    xt.set((data as Int32Array).subarray(row * length, (row + 1) * length), k * length);
  });
  return { rows, xt, length };
}

/**
 * p(x0 | xt) at the masked positions of told rows, as the student says it; zero at all others.
 *
 * Shapes   → [capacity · V]
 */
async function firstPass(
  student: Denoiser,
  { inputs, capacity }: Part,
  n: number,
  first: number,
  room: (size: number) => Float32Array,
): Promise<Float32Array> {
  const { vocabSize: V, maskId } = student;
  const { rows, xt, length } = toldRows(inputs, n, first);
  const placeOf = new Map(rows.map((row, k) => [row, k]));
  const all = room(capacity * V).fill(0);
  const asked = [...((inputs.positions as Tensor).data as Int32Array)].flatMap((position, index) => {
    const place = placeOf.get(Math.floor(position / length));
    const at = place === undefined ? -1 : place * length + (position % length);
    return at >= 0 && xt[at] === maskId ? [{ index, at }] : [];
  });
  const positions = asked.map(({ at }) => at);
  const logits = await student.logits(xt, rows.length, positions);
  asked.forEach(({ index }, k) => {
    all.set(tokenLaw(logits, k * V, V), index * V);
  });
  return all;
}

/** The task of a student that is told what it says; of any other student, the task itself. */
export function selfConditioned(task: Task): Task {
  const { model } = task;
  if (!isSelfConditioned(model)) return task;
  const V = model.vocabSize;
  const memory = reusedMemory();
  return {
    ...task,
    async batch(n, cursor) {
      const batch = await task.batch(n, cursor);
      const parts = batch.parts.map((make, i) => async (student?: LiveStudent) => {
        if (!student) throw new Error("a self-conditioned network is told what it says itself");
        const part = await make(student);
        const first = i * (part.inputs.ids?.shape[0] as number);
        const previous = await firstPass(student, part, n, first, memory);
        return { ...part, inputs: { ...part.inputs, previous: float32([part.capacity, V], previous) } };
      });
      return { ...batch, parts };
    },
  };
}
