/**
 * @file Distribution matching: a student that is told noise learns to write what a frozen teacher finds as likely as a critic does, which
 * learns what the student writes.
 *
 * From zt of the text the student G(zt, ε) draws x, and one ancestral step reveals some of it: zs. At what is still masked there the student
 * minimises ⟨G, ln f(zs) − ln f*(zs)⟩, f the critic's, f* the teacher's. As zs hangs on x, each token that was drawn is credited with what its row
 * came to, over the mean of the batch's other rows: h − b, by ∇ ln G(x | zt, ε). The critic minimises the cross-entropy of G and of f* against f.
 * Source   arXiv 2602.19066 (IDLM), 2603.20155 (D-MMD); differs: the published gradient has no credit, and so is not that of its loss; student
 *          and critic step together, where they take turns there; a row in ten is told nothing.
 *
 * What each of the two is held against is computed before the update and enters as numbers, so that neither loss reaches the other's parameters.
 * The teacher is asked through the critic's own network: where both have the same weights, the student's gradient is 0 and not rounding.
 */
import { float32, randomStream } from "@sdtt/core/base";
import { hiddenOf, maskedLogits } from "@sdtt/core/diffusion";
import type { ModelConfig } from "@sdtt/core/model";
import { logSoftmax, nll, type RowLoss, weightedRowLoss } from "@sdtt/core/nn";
import { criticOf, type HeadLoss } from "@sdtt/core/optim";
import * as tf from "@tensorflow/tfjs-core";
import type { LiveStudent } from "../../training/liveStudent.js";
import type { Batch, Part, Task } from "../../training/task.js";
import { noisedBatches, type RoundData } from "../noised.js";
import type { NoisyTeacher } from "../noisyTeacher.js";
import { type Look, lookAt } from "./matchingLook.js";

/**
 * ⟨G, gap⟩, and credit · ln G(drawn): of the latter only the gradient, as `said` is what it is.
 *
 * Shapes   logits, gap [N, V] · drawn, credit, said [N] → [N]
 */
export const studentLoss: RowLoss = (logits, { gap, drawn, credit, said }) => {
  const expected = tf.sum(tf.mul(tf.exp(logSoftmax(logits)), gap as tf.Tensor), -1);
  const drawnNow = tf.neg(nll(logits, drawn as tf.Tensor));
  return tf.add(expected, tf.mul(credit as tf.Tensor, tf.sub(drawnNow, said as tf.Tensor)));
};

/** The cross-entropy of both laws of `shares`, which is their sum. Shapes   logits, shares [N, V] → [N] */
export const criticLoss: RowLoss = (logits, { shares }) =>
  tf.neg(tf.sum(tf.mul(shares as tf.Tensor, logSoftmax(logits)), -1));

/** Both losses; what the head reads are the hidden states of student and critic, side by side. */
function matchingLoss(model: ModelConfig, critic: ModelConfig): HeadLoss {
  return {
    hidden(params, inputs) {
      const own = hiddenOf(model)(params, inputs);
      const asked = { ids: inputs.stepped as tf.Tensor, positions: inputs.positions as tf.Tensor };
      return tf.concat([own, hiddenOf(critic)(criticOf(params), asked)], 1);
    },
    perRow: ["weights", "gap", "drawn", "credit", "said", "shares"],
    loss(params, rows, { weights, shares, ...held }) {
      const [own, critics] = tf.split(rows, 2, 1) as [tf.Tensor, tf.Tensor];
      const { gap, drawn, credit, said } = held as Record<string, tf.Tensor>;
      const told = { gap, drawn, credit, said } as Record<string, tf.Tensor>;
      const student = weightedRowLoss(studentLoss, maskedLogits(params, model, own), weights as tf.Tensor, told);
      const logits = maskedLogits(criticOf(params), critic, critics);
      return tf.add(
        student,
        weightedRowLoss(criticLoss, logits, weights as tf.Tensor, { shares: shares as tf.Tensor }),
      );
    },
  };
}

/** What each row came to, over the mean of all others; nothing is known of a row that is alone. */
export function credits(heights: readonly number[]): number[] {
  const all = heights.reduce((sum, h) => sum + h, 0);
  return heights.map((h) => h - (all - h) / Math.max(1, heights.length - 1));
}

type Looks = readonly ((student?: LiveStudent) => Promise<Look>)[];

const withCredits = ({ inputs, capacity, from, revealed }: Look, credits: readonly number[]): Part => {
  const credit = Float32Array.from(revealed, (row) => (row < 0 ? 0 : (credits[from + row] as number)));
  return { inputs: { ...inputs, credit: float32([capacity], credit) }, capacity };
};

/** The credits of all rows are known before the first part; several parts are looked at twice, so that one at a time is in memory. */
function credited(looks: Looks): Batch["parts"] {
  let known: readonly number[] | undefined;
  const knownOf = async (student?: LiveStudent) => {
    const heights: number[] = [];
    for (const look of looks) heights.push(...(await look(student)).heights);
    return credits(heights);
  };
  return looks.map((look) => async (student) => {
    if (looks.length > 1) known ??= await knownOf(student);
    const own = await look(student);
    return withCredits(own, known ?? credits(own.heights));
  });
}

/**
 * The task of a round that matches the teacher's law; the critic's weights begin as the teacher's.
 *
 * @param critic the teacher's shape, told nothing and without dropout
 */
export function matchingTask(
  teacher: NoisyTeacher,
  model: ModelConfig,
  critic: ModelConfig,
  data: RoundData,
  round: number,
): Task {
  const { sequences, length, seed } = data;
  const networks = { model, critic, teacher };
  const looks = noisedBatches(model, data, round, async (noised, dropout, live) => {
    if (!live) throw new Error("distribution matching is of rows that the student itself draws");
    const streamOf = (what: string, row: number) => randomStream(seed, "round", round, noised.n, what, row);
    return lookAt(networks, noised, dropout, live, streamOf);
  });
  return {
    ...{ label: `round ${round}`, model, critic, tokensPerUpdate: sequences * length },
    loss: matchingLoss(model, critic),
    async batch(n, cursor) {
      const { parts, cursor: next } = await looks(n, cursor);
      return { parts: credited(parts), cursor: next };
    },
  };
}
