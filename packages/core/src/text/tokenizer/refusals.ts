/**
 * @file What in a `tokenizer.json` this project would get wrong, and so refuses by its name.
 *
 * Two grounds: ids that would not be the `tokenizers` package's, and text that could not be written back from its ids.
 */
import type { AddedToken, RawTokenizer, Step } from "./parts.js";

interface Parts {
  readonly normalizers: readonly Step[];
  readonly preTokenizers: readonly Step[];
  readonly added: readonly AddedToken[];
}

/** Not Strip: 0.23.2 breaks off with it where added tokens are looked for in text beyond ASCII. */
const knownNormalizers = ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Replace", "Prepend", "StripAccents"];

/** Those that cut a text and take nothing away. */
const knownPreTokenizers = ["ByteLevel", "Split", "Digits", "Punctuation"];

/** The first thing in the file that this reader would get wrong. */
export function oddity({ model }: RawTokenizer, { normalizers, preTokenizers, added }: Parts): string | undefined {
  const normalizer = normalizers.find(({ type }) => !knownNormalizers.includes(type));
  if (normalizer) return `the normalizer ${normalizer.type}`;
  const byteLevels = preTokenizers.filter(({ type }) => type === "ByteLevel").length;
  if (byteLevels !== 1) return byteLevels === 0 ? "a pre-tokenizer that is not byte-level" : "ByteLevel twice";
  const cut = preTokenizers.find(({ type }) => !knownPreTokenizers.includes(type));
  if (cut) return `the pre-tokenizer ${cut.type}`;
  const lossy = preTokenizers.find(({ behavior, invert }) => behavior === "Removed" && invert !== true);
  if (lossy) return `the pre-tokenizer ${lossy.type} that removes text`;
  if (model?.dropout) return "dropout";
  if (model?.continuing_subword_prefix) return "continuing_subword_prefix";
  if (model?.end_of_word_suffix) return "end_of_word_suffix";
  return greedySpaces(added);
}

/** The package itself breaks off where a token that takes the space after it has taken another token whole. */
function greedySpaces(added: readonly AddedToken[]): string | undefined {
  const taker = added.find(({ stripsRight }) => stripsRight);
  const taken = added.find(({ stripsLeft, content }) => stripsLeft && /^\p{White_Space}+$/u.test(content));
  return (
    taker &&
    taken &&
    `the added token ${JSON.stringify(taken.content)} of white space, which ${JSON.stringify(taker.content)} takes`
  );
}
