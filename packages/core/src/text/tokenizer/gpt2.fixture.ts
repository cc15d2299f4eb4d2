/**
 * @file The part of GPT-2's tokenizer that a few sentences need, with GPT-2's own ids, in the layout of its
 * `tokenizer.json`.
 *
 * All 256 bytes, every merge whose result occurs in the words of the sentences (so that no other could apply), and
 * `<|endoftext|>`. In GPT-2's vocabulary the id of a merge is its rank plus 256.
 * Source: vocab.bpe and encoder.json of openai/gpt-2; the ids of the sentences are those that its encoder.py gives.
 */
import { byteToChar } from "./bytePairs.js";

const merges =
  `h e 258, Ġ w 266, Ġ o 267, Ġ c 269, i s 271, o r 273, Ġ m 285, Ġ d 288, l l 297, Ġ n 299, v e 303, u t 315,
Ġ is 318, l d 335, ' s 338, Ġ 2 362, e l 417, T he 464, Ġd o 466, Ġw or 476, o k 482, o g 519, Ġm y 616, Ċ Ċ 628,
t e 660, e ll 695, T h 817, 1 0 940, Ġwor ld 995, I t 1026, ut e 1133, Ġ i 1312, H e 1544, 2 4 1731, or ld 1764,
m y 1820, Ġ2 4 1987, Ġc ut 2005, n a 2616, Ġdo g 3290, 4 1 3901, d o 4598, l o 5439, w orld 6894, ð Ł 8582,
c ut 8968, d og 9703, ell o 11109, Ġn a 12385, Ġ ðŁ 12520, H el 12621, Ġo k 12876, Ġc ute 13779, H ello 15496,
ll o 18798, Ġc u 18912, w o 21638, Ġw o 24486, Ļ Ĥ 25081, Ã ¯ 26884, c u 27399, H ell 28254, 24 1 28872,
ĠðŁ ĻĤ 32485, 4 10 33289, Ġ24 1 35150, Ã¯ ve 38776, Ġna Ã¯ve 41492, r l 45895`
    .split(/,\s+/)
    .map((line) => line.split(" ") as [left: string, right: string, id: string]);

/** Ids 0–255: the printable bytes first, then the others. */
const bytes = [...byteToChar].sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number));

export const gpt2Sentences: readonly (readonly [string, readonly number[]])[] = [
  ["Hello world", [15496, 995]],
  ["Hello, my dog is cute", [15496, 11, 616, 3290, 318, 13779]],
  [
    "It's 2410, naïve 🙂\n\n  ok<|endoftext|>The",
    [1026, 338, 1987, 940, 11, 41492, 32485, 628, 220, 12876, 50256, 464],
  ],
];

export function gpt2Json(): string {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: true, special: true };
  const vocab = Object.fromEntries([
    ...bytes.map((char, id) => [char, id]),
    ...merges.map(([left, right, id]) => [left + right, Number(id)]),
    ["<|endoftext|>", 50256],
  ]);
  return JSON.stringify({
    version: "1.0",
    added_tokens: [{ id: 50256, content: "<|endoftext|>", ...flags }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: { ...byteLevel, add_prefix_space: true, trim_offsets: false },
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      ...{ dropout: null, unk_token: "", continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false },
      vocab,
      merges: merges.map(([left, right]) => `${left} ${right}`),
    },
  });
}
