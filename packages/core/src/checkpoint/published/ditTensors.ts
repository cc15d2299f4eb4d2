/**
 * @file Names of the denoiser's tensors in MDLM's and SDTT's files.
 *
 * `backbone.` stands before each; twice where a Lightning module holds the hub's model (SDTT's `teacher_1M_sm`);
 * `_orig_mod.` comes from torch.compile. `rotary_emb.inv_freq` is a persistent buffer of the published module: it is
 * in every file, its loader insists on it, and it follows from the head size (kuleshov-group/mdlm, models/dit.py).
 */

import { float32, type Tensor } from "../../base/tensor.js";
import type { ModelConfig } from "../../model/presets.js";
import { memberOf } from "./config.js";
import { type PublishedFormat, traitsOf } from "./format.js";

const rotary = "rotary_emb.inv_freq";

function frequencies({ width, heads }: ModelConfig): Tensor {
  const headSize = width / heads;
  const rates = Float32Array.from({ length: headSize / 2 }, (_, i) => 1 / 10000 ** ((2 * i) / headSize));
  return float32([headSize / 2], rates);
}

const embedding = "vocab_embed.embedding";
const output = "output_layer.linear.weight";

/** Whether a flat or a nested config says that the output layer is the embedding. */
const isTied = (config: unknown): boolean =>
  [config, memberOf(config, "model")].some((part) => memberOf(part, "tie_word_embeddings") === true);

type Names = "ourName" | "publishedName" | "redundant" | "tied" | "holds" | "buffers";

export const ditTensors: Pick<PublishedFormat, Names> = {
  ourName: (published) => published.replace(/^((module|model|backbone|_orig_mod)\.)+/, ""),
  publishedName: (ours) => `backbone.${ours}`,
  redundant: (ours) =>
    ours === rotary
      ? {
          why: "rotary frequencies, computed here",
          expected: (model) => ({ tensor: frequencies(model), relative: 0.01 }),
        }
      : undefined,
  tied(ours, config) {
    if (!isTied(config)) return undefined;
    return ours === embedding ? output : ours === output ? embedding : undefined;
  },
  holds: (model) => model.kind === "dit" && traitsOf(model).length === 0,
  buffers: (model) => ({ [rotary]: frequencies(model) }),
};
