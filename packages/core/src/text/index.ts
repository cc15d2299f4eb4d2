export { type BatchCursor, firstBatch, nextBatch } from "./batches.js";
export { type Document, openCorpus } from "./corpus.js";
export { type Ids, openShard, prepareShards, type Shard, type ShardManifest, type SplitSize } from "./shards.js";
export { type Split, splitOf, splits } from "./split.js";
export { loadTokenizer, type Tokenizer, tokenizerFromJson } from "./tokenizer.js";
export { endOfTextToken } from "./tokenizerFile.js";
export { trainTokenizer } from "./trainTokenizer.js";
