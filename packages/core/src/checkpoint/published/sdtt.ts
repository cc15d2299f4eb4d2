/**
 * @file SDTT's published format: a revision of `jdeschena/sdtt` on the hub for each model.
 *
 * Its config.json is the resolved training configuration; its loader builds the network from `model`, and the whole
 * module around it from the rest (jdeschena/sdtt, multi_round_sdtt.py `from_pretrained`, push_to_hub.py). With
 * `start_from_hf: false` it expects `backbone.` once before each tensor, with `true` twice: what is written here says
 * false.
 */
import { z } from "zod";
import type { ModelConfig } from "../../model/presets.js";
import { memberOf, parseConfig } from "./config.js";
import { ditTensors } from "./ditTensors.js";
import type { PublishedFormat } from "./format.js";
import { isNested, nested, nestedModel } from "./mdlm.js";

const schema = nested.extend({
  model: nested.shape.model.extend({ type: z.literal("ddit-orig").default("ddit-orig") }),
  parameterization: z.looseObject({ name: z.literal("multi-round-sdtt").default("multi-round-sdtt") }),
});

/** What the published loader reads besides `model`, with the published values. */
const surroundings = {
  ...{ mode: "train", T: 0, time_conditioning: false, compile: false },
  noise: { type: "loglinear", sigma_min: 1e-4, sigma_max: 20 },
  data_preprocess: { legacy_start_end_bos: true },
  training: {
    ...{ ema: 0.9999, antithetic_sampling: true, importance_sampling: false, sampling_eps: 1e-5 },
    change_of_variables: false,
  },
  parameterization: {
    ...{ name: "multi-round-sdtt", log_loss_buckets: -1, distill_mode: "kl-bwd", loss_precision: null },
    ...{ checkpoint_path: "kuleshov-group/mdlm-owt", start_from_hf: false, sampling_mode: "ancestral" },
    ...{ num_distill_steps: 2, orig_num_sampling_steps: 1024, min_num_sampling_steps: 8, grow_dt_every: 10_000 },
    ...{ reset_optimizer_on_growth: false, use_ema_on_growth: false },
  },
};

const gpt2Vocabulary = 50_257;

export const sdtt: PublishedFormat = {
  ...ditTensors,
  isOneFile: true,
  isConfig: (config) => isNested(config) && typeof memberOf(config, "parameterization") === "object",
  modelOf: (config, where, shapeOf) => nestedModel(parseConfig(where, schema, config), where, shapeOf),
  configOf(model) {
    const { vocabSize, length, width, blocks, heads } = model;
    const { conditioning, dropout } = model as Extract<ModelConfig, { kind: "dit" }>;
    return {
      model: {
        ...{ type: "ddit-orig", hidden_size: width, cond_dim: conditioning, length, n_blocks: blocks, n_heads: heads },
        ...{ dropout, scale_by_sigma: true, tie_word_embeddings: false },
      },
      tokenizer: { name: vocabSize === gpt2Vocabulary + 1 ? "gpt2" : null },
      ...surroundings,
    };
  },
};
