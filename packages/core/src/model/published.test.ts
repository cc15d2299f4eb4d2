import { expect, it } from "vitest";
import { sameShape } from "../base/tensor.js";
import { ditParameters } from "./dit/dit.js";
import { gpt2Parameters } from "./gpt2.js";
import { publishedJson, publishedWeights } from "./published.fixture.js";

const { model, vocab_size: ditVocab } = publishedJson("A-dit-tiny/inputs.json").config;
const dit = ditParameters({
  ...{ vocabSize: ditVocab, width: model.hidden_size, blocks: model.n_blocks, heads: model.n_heads },
  ...{ length: model.length, conditioning: model.cond_dim, dropout: 0, causal: false },
});
const { vocab_size, n_embd, n_layer, n_head, n_positions } = publishedJson("D-gpt2-tiny/config.json");
const gpt2 = gpt2Parameters({
  ...{ vocabSize: vocab_size, width: n_embd, blocks: n_layer, heads: n_head, length: n_positions },
});

it.each([
  ["the denoiser", "A-dit-tiny/tiny.safetensors", dit],
  ["GPT-2", "D-gpt2-tiny/model.safetensors", gpt2],
] as const)("names and shapes the parameters of %s as published", (_, file, parameters) => {
  const published = publishedWeights(file);
  expect(Object.keys(parameters).sort()).toEqual(Object.keys(published).sort());
  const differing = Object.entries(parameters).filter(([name, p]) => !sameShape(p.shape, published[name]?.shape ?? []));
  expect(differing).toEqual([]);
});
