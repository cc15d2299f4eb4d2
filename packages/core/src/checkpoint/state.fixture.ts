/** @file The least that a checkpoint's `state.json` may say. */
export const aState = {
  run: "t",
  round: 0,
  update: 0,
  model: {
    kind: "dit",
    ...{ vocabSize: 8, width: 4, blocks: 1, heads: 1, length: 4, conditioning: 4, dropout: 0, causal: false },
  },
  tokenizerHash: "of a tokenizer",
  lineage: [],
} as const;
