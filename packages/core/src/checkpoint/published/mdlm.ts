/**
 * @file MDLM's published format: `kuleshov-group/mdlm-owt` on the hub, or weights of a Lightning run with its config.
 *
 * The hub's config is flat (`model_type: "mdlm"`); a training run's is nested (`model.hidden_size`, …) and leaves the
 * vocabulary to the tokenizer, so that it is read off the embedding. Only what ours computes is taken: SUBS, DiT,
 * log-linear noise, no time conditioning.
 */
import { z } from "zod";
import type { ModelConfig } from "../../model/presets.js";
import { isNamed, memberOf, parseConfig, rowsOf, size } from "./config.js";
import { ditTensors } from "./ditTensors.js";
import type { PublishedFormat } from "./format.js";

const dropout = z.number().min(0).lt(1).default(0.1);
const flat = z.looseObject({
  model_type: z.literal("mdlm").optional(),
  vocab_size: size,
  model_length: size,
  hidden_dim: size,
  cond_dim: size,
  n_blocks: size,
  n_heads: size,
  dropout,
  time_conditioning: z.literal(false).default(false),
});

/** The part of a nested config that describes the network; MDLM's and SDTT's share it. */
export const nested = z.looseObject({
  model: z.looseObject({ hidden_size: size, cond_dim: size, length: size, n_blocks: size, n_heads: size, dropout }),
  time_conditioning: z.literal(false).default(false),
  noise: z.looseObject({ type: z.literal("loglinear") }).optional(),
});

const trained = nested.extend({
  backbone: z.enum(["dit", "hf_dit"]).default("dit"),
  parameterization: z.literal("subs"),
});

/** Whether a config is one of a training run. */
export const isNested = (config: unknown): boolean => memberOf(memberOf(config, "model"), "hidden_size") !== undefined;

/** The denoiser of a nested config; the vocabulary is the embedding's. */
export function nestedModel(
  { model }: z.output<typeof nested>,
  where: string,
  shapeOf: (name: string) => readonly number[] | undefined,
): ModelConfig {
  const vocabSize = rowsOf("vocab_embed.embedding", where, shapeOf);
  const { hidden_size: width, n_blocks: blocks, n_heads: heads, length, cond_dim: conditioning } = model;
  return { kind: "dit", vocabSize, width, blocks, heads, length, conditioning, dropout: model.dropout, causal: false };
}

const code = "kuleshov-group/mdlm-owt--";

export const mdlm: PublishedFormat = {
  ...ditTensors,
  isOneFile: false,
  isConfig: (config) =>
    memberOf(config, "model_type") === "mdlm" ||
    isNamed(config, "MDLM") ||
    (isNested(config) && typeof memberOf(config, "parameterization") === "string"),
  modelOf(config, where, shapeOf) {
    if (isNested(config)) return nestedModel(parseConfig(where, trained, config), where, shapeOf);
    const c = parseConfig(where, flat, config);
    const sizes = { width: c.hidden_dim, blocks: c.n_blocks, heads: c.n_heads, length: c.model_length };
    const { vocab_size: vocabSize, cond_dim: conditioning } = c;
    return { kind: "dit", vocabSize, ...sizes, conditioning, dropout: c.dropout, causal: false };
  },
  configOf(model) {
    const { vocabSize, length, width, blocks, heads } = model;
    const { conditioning, dropout } = model as Extract<ModelConfig, { kind: "dit" }>;
    return {
      model_type: "mdlm",
      architectures: ["MDLM"],
      auto_map: {
        AutoConfig: `${code}configuration_mdlm.MDLMConfig`,
        AutoModelForMaskedLM: `${code}modeling_mdlm.MDLM`,
      },
      ...{ vocab_size: vocabSize, model_length: length, hidden_dim: width, cond_dim: conditioning },
      ...{ n_blocks: blocks, n_heads: heads, dropout, time_conditioning: false, return_dict: false },
    };
  },
};
