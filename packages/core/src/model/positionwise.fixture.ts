/** A network without context: what it says of a position is a product of two tables, known in closed form. */
import * as tf from "@tensorflow/tfjs-core";
import type { Architecture } from "./architecture.js";

const positionwise: Architecture = {
  parameters: ({ vocabSize: V, width: D }) => ({
    embedding: { shape: [V, D], initial: { std: 1 } },
    head: { shape: [V, D], initial: { std: 1 } },
  }),
  hidden: ({ embedding }, _, ids) => tf.gather(embedding as tf.Tensor, tf.reshape(ids, [-1])),
  logits: ({ head }, _, h) => tf.matMul(h, head as tf.Tensor, false, true),
};
export default positionwise;
