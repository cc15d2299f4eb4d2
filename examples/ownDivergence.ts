/** A divergence of one's own: Jeffreys', KL(student ‖ teacher) + KL(teacher ‖ student) = Σ (p_s − p_t)(ln p_s − ln p_t). */
import type { Divergence } from "@sdtt/distill";
import * as tf from "@tensorflow/tfjs-core";

const jeffreys: Divergence = (student, teacher) => {
  const ratio = tf.sub(student, teacher);
  return tf.sum(tf.mul(tf.sub(tf.exp(student), tf.exp(teacher)), ratio), -1);
};
export default jeffreys;
