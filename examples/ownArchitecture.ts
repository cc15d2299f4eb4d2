/** A denoiser of one's own: a matrix mixes positions in place of attention, in each block the same (as MLP-Mixer does). */
import { defineArchitecture } from "@sdtt/core/model";
import { gelu, layerNorm, linear, rowsOf } from "@sdtt/core/nn";
import * as tf from "@tensorflow/tfjs-core";

const matrix = (out: number, fanIn: number) => ({ shape: [out, fanIn], initial: { std: 1 / Math.sqrt(fanIn) } });

export default defineArchitecture({
  parameters({ vocabSize: V, width: D, length: L }) {
    const mixer = { norm: { shape: [D], initial: { fill: 1 } }, mix: matrix(L, L), up: matrix(2 * D, D) };
    return { embedding: matrix(V, D), ...mixer, down: matrix(D, 2 * D), head: matrix(V, D) };
  },
  hidden({ embedding, norm, mix, up, down }: Record<string, tf.Tensor>, { width: D, blocks }, ids) {
    const [B, L] = ids.shape as [number, number];
    let h = rowsOf(embedding as tf.Tensor, tf.reshape(ids, [B * L]));
    for (let i = 0; i < blocks; i++) {
      const byPosition = tf.transpose(tf.reshape(layerNorm(h, norm as tf.Tensor), [B, L, D]), [1, 0, 2]);
      const mixed = tf.matMul(tf.slice(mix as tf.Tensor, [0, 0], [L, L]), tf.reshape(byPosition, [L, B * D]));
      h = tf.add(h, tf.reshape(tf.transpose(tf.reshape(mixed, [L, B, D]), [1, 0, 2]), [B * L, D]));
      h = tf.add(h, linear(gelu(linear(h, up as tf.Tensor)), down as tf.Tensor));
    }
    return h;
  },
  logits: ({ head }, _, h) => linear(h, head as tf.Tensor),
});
