/**
 * @file The four published divergences by our names, in the forms in which their values were recorded.
 *
 * `kl-bwd` and `kl-fwd` are the divergences of `round`. `mse` and `tvd` are taken between LOG-probabilities and count
 * the mask column: with its float32 rounding emulated they are held against what float32 gave (these have published
 * gradients), without rounding against float64, and without that column, where the value is a function of the models
 * alone, `mse` is the `log-mse` of `round` but for the denominator. `tvd` is nothing that `round` offers: `log-l1`.
 */
import { subsLogProbs } from "@sdtt/core/diffusion";
import { type Divergence, divergences } from "@sdtt/distill/method";
import * as tf from "@tensorflow/tfjs-core";
import { roundedLogProbs, unroundedLogProbs } from "./published.js";
import { type Tolerance, tolerances } from "./rows.js";

export interface Form {
  /** Added to the name of the row. */
  readonly label: string;
  readonly divergence: Divergence;
  readonly logProbs: (logits: tf.Tensor) => tf.Tensor;
  /** Under these names the file has its value. */
  readonly recordedAs: readonly string[];
}

export interface PublishedLoss {
  readonly name: string;
  /** Gradients, where there are any, are of the first form. */
  readonly forms: readonly [Form, ...Form[]];
  readonly loss: Tolerance;
  readonly gradients: Tolerance;
}

const overVocabulary = (x: tf.Tensor) => tf.sum(x, -1);
const tokensOnly = (x: tf.Tensor) => tf.slice(x, [0, 0], [x.shape[0] as number, (x.shape[1] as number) - 1]);

const logMse: Divergence = (student, teacher) => tf.mean(tf.square(tf.sub(student, teacher)), -1);
/** |x| whose slope at 0 is 0, as torch has it; tf.abs has −1 there, and mask columns are often equal. */
const absolute = (x: tf.Tensor) => tf.mul(x, tf.sign(x));
const logL1: Divergence = (student, teacher) => overVocabulary(absolute(tf.sub(student, teacher)));
/** The squares of the tokens alone, over V as if the mask column were there with 0. */
const logMseOverV: Divergence = (student, teacher) => {
  const V = student.shape[1] as number;
  return tf.mul(divergences["log-mse"](student, teacher), (V - 1) / V);
};
const logL1OfTokens: Divergence = (student, teacher) => logL1(tokensOnly(student), tokensOnly(teacher));

const everyPrecision = ["fp32", "fp32_fwd_loss_precision64", "fp64"];
const kl = (name: "reverse-kl" | "forward-kl"): PublishedLoss => ({
  name,
  forms: [{ label: "", divergence: divergences[name], logProbs: subsLogProbs, recordedAs: everyPrecision }],
  loss: tolerances.klLoss,
  gradients: tolerances.klGradients,
});

function withMaskColumn(whole: Divergence, tokens: Divergence, suffix: string): [Form, ...Form[]] {
  const float32 = ["fp32", "fp32_fwd_loss_precision64"];
  const alone = [`fp32_without_mask_col${suffix}`, `fp64_without_mask_col${suffix}`];
  return [
    { label: ", mask column emulated", divergence: whole, logProbs: roundedLogProbs, recordedAs: float32 },
    { label: ", mask column unrounded", divergence: whole, logProbs: unroundedLogProbs, recordedAs: ["fp64"] },
    { label: ", without mask column", divergence: tokens, logProbs: subsLogProbs, recordedAs: alone },
  ];
}

/** By their published names. */
export const publishedLosses: Readonly<Record<string, PublishedLoss>> = {
  "kl-bwd": kl("reverse-kl"),
  "kl-fwd": kl("forward-kl"),
  mse: {
    name: "log-mse",
    forms: withMaskColumn(logMse, logMseOverV, "_same_denominator"),
    loss: tolerances.logMseLoss,
    gradients: tolerances.logMseGradients,
  },
  tvd: {
    name: "log-l1",
    forms: withMaskColumn(logL1, logL1OfTokens, ""),
    loss: tolerances.logL1Loss,
    gradients: tolerances.logL1Gradients,
  },
};
