/**
 * @file The one spelling of a tokenizer, by whose hash it is known: what it does, not how its file is written.
 *
 * `tokenizer.json` has many spellings of the same thing: merges as pairs or as text, fields left out, an empty sequence
 * for nothing, and parts that make no id (decoder, post-processor, truncation, padding). The spelling is the one that
 * `trainTokenizer` writes, so that a tokenizer that was trained here has the hash of its file.
 */
import { byteToChar, type Merge } from "./bytePairs.js";
import type { AddedToken, Step } from "./parts.js";
import type { TokenizerFile } from "./tokenizerFile.js";

export type Spelled = Pick<
  TokenizerFile,
  "vocabulary" | "merges" | "ignoresMerges" | "added" | "normalizers" | "preTokenizers"
>;

/** The text of a `tokenizer.json`; the same for all files that give the same ids by the same rules. */
export function spell({ vocabulary, merges, ignoresMerges, added, normalizers, preTokenizers }: Spelled): string {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const file = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedOf(added, normalizers).map(rawToken),
    normalizer: partOf(normalizers.map(sorted), "normalizers"),
    pre_tokenizer: partOf(preTokenizers.map(cutStep), "pretokenizers"),
    post_processor: null,
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: ignoresMerges,
      vocab: vocabularyOf({ vocabulary, added, ignoresMerges }),
      merges: merges.map(([left, right]) => [left, right]),
    },
  };
  return `${JSON.stringify(file)}\n`;
}

/** Tokens in order of their ids; an added token stands among them wherever the file put it, where that is no matter. */
function vocabularyOf({ vocabulary, added, ignoresMerges }: Pick<Spelled, "vocabulary" | "added" | "ignoresMerges">) {
  const all = new Map(vocabulary);
  if (!ignoresMerges) for (const { content, id } of added) all.set(content, id);
  return Object.fromEntries([...all].sort(([, a], [, b]) => a - b));
}

/** Whether tokens are looked for before or after a text is normalised is no matter where it is not normalised. */
function addedOf(added: readonly AddedToken[], normalizers: readonly Step[]): AddedToken[] {
  const isOneKind = new Set(added.map(({ normalized }) => normalized)).size === 1;
  const plain = isOneKind && normalizers.length === 0 ? added.map((token) => ({ ...token, normalized: false })) : added;
  return [...plain].sort((a, b) => a.id - b.id);
}

const rawToken = ({ id, content, singleWord, stripsLeft, stripsRight, normalized }: AddedToken) => ({
  ...{ id, content, single_word: singleWord, lstrip: stripsLeft, rstrip: stripsRight, normalized },
  special: true,
});

function partOf(steps: readonly Step[], within: string): unknown {
  if (steps.length <= 1) return steps[0] ?? null;
  return { type: "Sequence", [within]: steps };
}

/** A step of cutting, with what is understood where it is not said. */
function cutStep(step: Step): Step {
  if (step.type === "ByteLevel") {
    const { add_prefix_space = true, use_regex = true } = step;
    return { type: step.type, add_prefix_space, trim_offsets: true, use_regex };
  }
  return step.type === "Split" ? sorted({ invert: false, ...step }) : sorted(step);
}

function sorted(step: Step): Step {
  const { type, ...options } = step;
  return { type, ...Object.fromEntries(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** A tokenizer of bytes, merges and one added token, as it is trained here: ids in the order of the tokens. */
export function trainedSpelling(merges: readonly Merge[], endOfText: string): string {
  const tokens = [...new Set([...byteToChar, ...merges.map(([left, right]) => left + right), endOfText])];
  const flags = { singleWord: false, stripsLeft: false, stripsRight: false, normalized: false };
  return spell({
    vocabulary: new Map(tokens.map((token, id) => [token, id])),
    merges,
    ignoresMerges: false,
    added: [{ id: tokens.length - 1, content: endOfText, ...flags }],
    normalizers: [],
    preTokenizers: [{ type: "ByteLevel", add_prefix_space: false }],
  });
}
