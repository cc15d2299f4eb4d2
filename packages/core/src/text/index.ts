/** @file `@sdtt/core/text`: text: read, cut, tokenized, prepared, taken in batches. */

export { type BatchCursor, firstBatch, nextBatch } from "./batches/batches.js";
export type { CorpusOptions } from "./shards/encodePiece.js";
export {
  holdsSource,
  type Ids,
  isPreparedFrom,
  openShard,
  type PreparedShards,
  type PrepareEvent,
  type PrepareShardsOptions,
  prepareShards,
  type Shard,
  type ShardManifest,
  type SplitSize,
  sourceFingerprint,
} from "./shards/shards.js";
export { textForms } from "./source/cut.js";
export { type DetokenizerName, detokenize, detokenizerNames, detokenizers, type Rule } from "./source/detokenizers.js";
export type { Document, SourceRecord } from "./source/documents.js";
export { embeddedDocuments } from "./source/embedded.js";
export { placeHash } from "./source/fingerprint.js";
export { type Format, formats, namedKind } from "./source/kinds.js";
export { type Listing, listSource } from "./source/listing.js";
export { readDocuments, readFileText, readRecords, readTexts, readTrainingTexts, readWhole } from "./source/read.js";
export { type Split, splitOf, splits } from "./source/split.js";
export { findTokenizer, preparedFolders, shareTokenizer, tokenizerOf } from "./tokenizer/find.js";
export { loadTokenizer, type Tokenizer, tokenizerFromJson } from "./tokenizer/tokenizer.js";
export { endOfTextToken } from "./tokenizer/tokenizerFile.js";
export { trainTokenizer, trainTokenizerOn } from "./tokenizer/train.js";
