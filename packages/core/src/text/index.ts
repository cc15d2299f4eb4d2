export { type BatchCursor, firstBatch, nextBatch } from "./batches.js";
export { type Document, openCorpus } from "./corpus.js";
export { type DetokenizerName, detokenize, detokenizerNames, detokenizers, type Rule } from "./detokenizers.js";
export type { CorpusOptions } from "./encodePiece.js";
export { readTexts } from "./readCorpus.js";
export {
  type Ids,
  openShard,
  type PreparedShards,
  type PrepareEvent,
  type PrepareShardsOptions,
  prepareShards,
  type Shard,
  type ShardManifest,
  type SplitSize,
} from "./shards.js";
export { type Split, splitOf, splits } from "./split.js";
export { loadTokenizer, type Tokenizer, tokenizerFromJson } from "./tokenizer.js";
export { endOfTextToken } from "./tokenizerFile.js";
export { tokenizerOf } from "./tokenizerOf.js";
export { trainTokenizer, trainTokenizerOn } from "./trainTokenizer.js";
