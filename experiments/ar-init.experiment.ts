/**
 * DiffuGPT's claim at the embedded size: from an AR model's weights a denoiser learns faster than from random ones. Its head that predicts the
 * next position (`shift`) and its attention that opens update by update (`anneal`), each alone and both.
 */
import { defineExperiment, list, zip } from "@sdtt/experiments";

const ar = "packages/core/assets/ar";

export default defineExperiment({
  name: "ar-init",
  question:
    "At equal updates, is a denoiser better that begins with an AR model's weights, and do its shift and an opening mask help?",
  stages: ["pretrain", "lambada"],
  base: {
    pretrain: {
      ...{ width: 192, vocab: 4096, length: 256, updates: 120, checkpointEvery: 30, validationBatches: 32 },
      ...{ optimizer: "muon", masking: "masked-mean", lr: 0.004, schedule: "wsd", decay: 40, warmup: 20 },
      ...{ easyUpdates: 0, ema: 0.98 },
    },
    lambada: { of: ["teacher"] },
  },
  axes: [
    zip(
      list("pretrain.init", ["random", ar, ar, ar, ar]),
      list("pretrain.shift", [false, false, true, false, true]),
      list("pretrain.anneal", [0, 0, 0, 60, 60]),
    ),
  ],
  seeds: [1, 2, 3],
  result: { metric: "last-word-ppl-bound" },
});
