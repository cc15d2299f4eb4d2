/**
 * @file Divergences between a student's and a teacher's log-probabilities, named by what they compute.
 *
 * The mask column never counts: its probability is zero on both sides. Differs from the published code, whose `mse`
 * and `tvd` include that column and whose `tvd` is an L1 distance of LOG-probabilities (docs/method.md, 5).
 */
import { userError } from "@sdtt/core/base";
import { exportOf, ownFileOf, pinned } from "@sdtt/core/files";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

export const divergenceNames = ["reverse-kl", "forward-kl", "total-variation", "log-mse", "jensen-shannon"] as const;
export type DivergenceName = (typeof divergenceNames)[number];

/**
 * What a student minimises, row by row: a row's value depends on that row of both alone, as rows are computed in parts.
 * Written in tfjs's operations, of which the engine derives the gradient; one that it has no rule for is refused by name.
 *
 * Shapes   student, teacher [N, V] nats, of the mask −1e6 → [N]
 */
export type Divergence = (student: tf.Tensor, teacher: tf.Tensor) => tf.Tensor;

const overVocabulary = (x: tf.Tensor) => tf.sum(x, -1);
const withoutMaskColumn = (x: tf.Tensor) => tf.slice(x, [0, 0], [x.shape[0] as number, (x.shape[1] as number) - 1]);

/** ln ((e^a + e^b)/2), as (a + b)/2 + ln cosh((a − b)/2): smooth where both are equal. */
function logMean(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const apart = tf.abs(tf.sub(a, b));
  const logCosh = tf.add(tf.mul(apart, 0.5), tf.log(tf.mul(tf.add(tf.exp(tf.neg(apart)), 1), 0.5)));
  return tf.add(tf.mul(tf.add(a, b), 0.5), logCosh);
}

export const divergences: Record<DivergenceName, Divergence> = {
  /** KL(student ‖ teacher) = Σ p_s (log p_s − log p_t): the paper's default. */
  "reverse-kl": (student, teacher) => overVocabulary(tf.mul(tf.exp(student), tf.sub(student, teacher))),
  /** KL(teacher ‖ student) = Σ p_t (log p_t − log p_s). */
  "forward-kl": (student, teacher) => overVocabulary(tf.mul(tf.exp(teacher), tf.sub(teacher, student))),
  /** ½ Σ |p_s − p_t|. */
  "total-variation": (student, teacher) =>
    tf.mul(overVocabulary(tf.abs(tf.sub(tf.exp(student), tf.exp(teacher)))), 0.5),
  /** Mean over the vocabulary of (log p_s − log p_t)². */
  "log-mse": (student, teacher) =>
    tf.mean(tf.square(tf.sub(withoutMaskColumn(student), withoutMaskColumn(teacher))), -1),
  /** ½ KL(p_s ‖ m) + ½ KL(p_t ‖ m), m the mean of both: at most ln 2, and finite where one of them is 0. */
  "jensen-shannon"(student, teacher) {
    const mean = logMean(student, teacher);
    const half = (log: tf.Tensor) => tf.mul(tf.exp(log), tf.sub(log, mean));
    return tf.mul(overVocabulary(tf.add(half(student), half(teacher))), 0.5);
  },
};

/** The divergence of a name; one of one's own is itself. */
export const divergenceOf = (given: DivergenceName | Divergence): Divergence =>
  typeof given === "function" ? given : divergences[given];

const isFunction = z.custom((value) => typeof value === "function", "must be a function");

/** The divergence that an option names: by name, or the default export of a file. Throws   UserError where it is neither */
export async function loadDivergence(text: string): Promise<Divergence> {
  const name = divergenceNames.find((one) => one === text);
  if (name) return divergences[name];
  const remedy = `Give one of ${divergenceNames.join(", ")}, or a file whose default export is one (docs/extending.md).`;
  if (!ownFileOf(text)) throw userError("divergence", "must be a name or a file", text, remedy);
  return exportOf("divergence", pinned("divergence", text), isFunction, remedy);
}

/** Those under which the best answer to many targets at once is a mean of them. */
export const klNames = ["reverse-kl", "forward-kl"] as const satisfies readonly DivergenceName[];
export type KlName = (typeof klNames)[number];

/**
 * How a target's log-probabilities enter that mean, and what the mean is as a logit.
 *
 * Holds    reverse-kl: the geometric mean, up to normalisation; forward-kl: the arithmetic mean
 */
export const targetMeans: Record<KlName, { enter(logProb: number): number; leave(mean: number): number }> = {
  "reverse-kl": { enter: (logProb) => logProb, leave: (mean) => mean },
  "forward-kl": { enter: Math.exp, leave: Math.log },
};
