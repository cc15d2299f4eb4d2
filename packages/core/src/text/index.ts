export { type BatchCursor, firstBatch, nextBatch } from "./batches/batches.js";
export type { CorpusOptions } from "./shards/encodePiece.js";
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
} from "./shards/shards.js";
export { type Document, openCorpus } from "./source/corpus.js";
export { type DetokenizerName, detokenize, detokenizerNames, detokenizers, type Rule } from "./source/detokenizers.js";
export { readTexts } from "./source/readCorpus.js";
export { type Split, splitOf, splits } from "./source/split.js";
export { findTokenizer, preparedFolders, shareTokenizer, tokenizerOf } from "./tokenizer/find.js";
export { loadTokenizer, type Tokenizer, tokenizerFromJson } from "./tokenizer/tokenizer.js";
export { endOfTextToken } from "./tokenizer/tokenizerFile.js";
export { trainTokenizer, trainTokenizerOn } from "./tokenizer/train.js";
