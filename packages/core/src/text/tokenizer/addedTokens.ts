/**
 * @file The added tokens of a `tokenizer.json`, as the `tokenizers` package takes them.
 *
 * An empty one is ignored. The package does not believe the file's ids: a token has the id that the model's vocabulary
 * gives it, or the next free one. A file that says otherwise is refused, since other programs believe it.
 * Source: huggingface/tokenizers 0.23.1, added_vocabulary.rs; by trial 0.23.2 does the same.
 */
import type { AddedToken, RawAddedToken, Refuse } from "./parts.js";

const flagsOf = ({ single_word, lstrip, rstrip, normalized }: RawAddedToken) => ({
  singleWord: single_word ?? false,
  stripsLeft: lstrip ?? false,
  stripsRight: rstrip ?? false,
  normalized: normalized ?? false,
});

/** Throws what `refuse` gives where the package would give a token another id than the file, or two are at odds. */
export function addedTokensOf(
  raw: readonly RawAddedToken[],
  vocabulary: ReadonlyMap<string, number>,
  refuse: Refuse,
): AddedToken[] {
  const tokens = new Map<string, AddedToken>();
  let free = vocabulary.size;
  for (const one of raw) {
    const { id, content } = one;
    if (content === "") continue;
    const token = { id, content, ...flagsOf(one) };
    const before = tokens.get(content);
    if (before && JSON.stringify(before) !== JSON.stringify(token)) {
      throw refuse("an added token must be described once", `two of ${JSON.stringify(content)}`);
    }
    if (before) continue;
    const given = vocabulary.get(content) ?? free++;
    if (id !== given) {
      throw refuse(
        `the added token ${JSON.stringify(content)} must have the id that the tokenizers package gives it, ${given}`,
        id,
      );
    }
    tokens.set(content, token);
  }
  return [...tokens.values()];
}
