/**
 * @file GPT-2 as on the hub: `gpt2`, `gpt2-medium`, `gpt2-large`, `gpt2-xl` and what is made like them.
 *
 * Names come with `transformer.` or without. Attention masks are buffers of old files; the output layer is the
 * embedding, and is left out, written a second time, or written instead of it (safetensors keep one name of two that
 * share memory). Old configurations have no model_type, or `n_ctx` alone; what they leave out the tensors say. What GPT-2
 * variants change silently (activation, epsilon, attention scaling) is refused: it would be another model.
 */
import { z } from "zod";
import { userError } from "../../base/errors.js";
import { isNamed, memberOf, parseConfig, rowsOf, size } from "./config.js";
import type { PublishedFormat } from "./format.js";

const embedding = "wte.weight";
const head = "lm_head.weight";

const schema = z.looseObject({
  model_type: z.literal("gpt2").optional(),
  n_embd: size,
  n_layer: size,
  n_head: size,
  n_positions: size.min(2).optional(),
  n_ctx: size.min(2).optional(),
  vocab_size: size.optional(),
  n_inner: size.nullish(),
  activation_function: z.enum(["gelu_new", "gelu_pytorch_tanh"]).default("gelu_new"),
  layer_norm_epsilon: z.number().min(9e-6).max(1.1e-5).default(1e-5),
  scale_attn_weights: z.literal(true).default(true),
  scale_attn_by_inverse_layer_idx: z.literal(false).default(false),
  tie_word_embeddings: z.literal(true).default(true),
});

export const gpt2: PublishedFormat = {
  isOneFile: false,
  isConfig: (config) => memberOf(config, "model_type") === "gpt2" || isNamed(config, "GPT2"),
  modelOf(config, where, shapeOf) {
    const { n_embd: width, n_layer: blocks, n_head: heads, ...c } = parseConfig(where, schema, config);
    const inner = c.n_inner ?? 4 * width;
    if (inner !== 4 * width) throw userError(where, `n_inner must be ${4 * width}`, inner, "Take a GPT-2 model.");
    const length = c.n_positions ?? c.n_ctx ?? rowsOf("wpe.weight", where, shapeOf);
    return { kind: "gpt2", width, blocks, heads, length, vocabSize: c.vocab_size ?? rowsOf(embedding, where, shapeOf) };
  },
  ourName: (published) => published.replace(/^((module|_orig_mod|transformer)\.)+/, ""),
  publishedName: (ours) => ours,
  redundant(ours) {
    if (/^h\.\d+\.attn\.(bias|masked_bias)$/.test(ours)) return { why: "attention mask, computed here" };
    if (ours !== head) return undefined;
    return {
      why: "the embedding once more (tied)",
      expected: (_, kept) => ({ tensor: kept[embedding], relative: 0 }),
    };
  },
  tied: (ours) => (ours === embedding ? head : undefined),
  holds: (model) => model.kind === "gpt2",
  configOf({ vocabSize, length, width, blocks, heads }) {
    return {
      ...{ model_type: "gpt2", architectures: ["GPT2LMHeadModel"] },
      ...{ vocab_size: vocabSize, n_positions: length, n_ctx: length, n_embd: width, n_layer: blocks, n_head: heads },
      ...{ n_inner: null, activation_function: "gelu_new", layer_norm_epsilon: 1e-5, tie_word_embeddings: true },
    };
  },
  buffers: () => ({}),
};
