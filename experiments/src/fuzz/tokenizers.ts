/**
 * @file Tokenizers of every shape, read by this project and by the `tokenizers` package: the same ids, or refused.
 */
import { type RandomStream, UserError } from "@sdtt/core/base";
import { type Tokenizer, tokenizerFromJson, trainTokenizer } from "@sdtt/core/text";
import { Tokenizer as Native } from "tokenizers";
import { chance, Fault, oneOf, some, type Target } from "./target.js";
import { oddText } from "./texts.js";

type File = ReturnType<typeof JSON.parse>;

const byteLevel = (add_prefix_space: boolean, use_regex: boolean) => ({
  ...{ type: "ByteLevel", add_prefix_space, trim_offsets: true, use_regex },
});
const split = (Regex: string, behavior = "Isolated", invert = false) => ({
  ...{ type: "Split", pattern: { Regex }, behavior, invert },
});
const sequence = (...pretokenizers: unknown[]) => ({ type: "Sequence", pretokenizers });

const llama3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const qwen2 = llama3.replace("\\p{N}{1,3}", "\\p{N}");
const deepseek =
  "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** As published models have them. */
const preTokenizers: readonly unknown[] = [
  byteLevel(false, true),
  byteLevel(true, true),
  byteLevel(false, false),
  sequence(byteLevel(false, true)),
  sequence(split(llama3), byteLevel(false, false)),
  sequence(split(qwen2), byteLevel(false, false)),
  sequence(split("\\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(deepseek), byteLevel(false, false)),
  sequence({ type: "Digits", individual_digits: true }, byteLevel(false, true)),
  sequence(split(" ?[^(\\s|[.,!?…。，、।۔،])]+"), byteLevel(false, false)),
  sequence(split(llama3, "Removed", true), byteLevel(false, false)),
  sequence({ type: "Punctuation", behavior: "Isolated" }, byteLevel(true, false)),
];

/** That must be refused. */
const oddPreTokenizers: readonly unknown[] = [
  sequence({ type: "UnicodeScripts" }, byteLevel(false, true)),
  sequence({ type: "Whitespace" }, byteLevel(false, false)),
  sequence(split("[a-z]+", "Removed"), byteLevel(false, false)),
  sequence(byteLevel(false, true), byteLevel(false, true)),
  { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  null,
];

const plainNormalizers: readonly unknown[] = [
  ...["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"].map((type) => ({ type })),
  { type: "Replace", pattern: { String: "e" }, content: "é" },
  { type: "Replace", pattern: { Regex: " {2,}" }, content: " " },
  { type: "Prepend", prepend: "x" },
];

const oddNormalizers: readonly unknown[] = [
  { type: "Nmt" },
  { type: "Strip", strip_left: true, strip_right: true },
  { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
];

function normalizer(random: RandomStream): unknown {
  if (chance(random, 0.4)) return null;
  const one = () => oneOf(random, chance(random, 0.05) ? oddNormalizers : plainNormalizers);
  return chance(random, 0.6) ? one() : { type: "Sequence", normalizers: some(random, 3, one) };
}

const contents =
  "<|endoftext|> <|a|> <|a <| the th Day DAY é e\u0301 ﬁ fi ab a 日 🙂 | < > x_y 1 19 <|endoftext|><|endoftext|> İ i\u0307 Ｗ W"
    .split(" ")
    .concat("", " ", "  ", "\n", " the", "the ", "\u3000", " <|a|> ");

interface Drawn {
  readonly json: string;
  readonly contents: readonly string[];
}

function addedTokens(random: RandomStream, file: File): string[] {
  const drawn = [...new Set(some(random, 6, () => oneOf(random, contents)))];
  const special = drawn.filter((content) => content !== "<|endoftext|>");
  let next = Object.keys(file.model.vocab).length;
  const flag = () => chance(random, 0.25);
  for (const content of special) {
    const id = content === "" ? next : (file.model.vocab[content] ?? next++);
    const wrong = chance(random, 0.01) ? 1 : 0;
    const flags = { single_word: flag(), lstrip: flag(), rstrip: flag(), normalized: chance(random, 0.5) };
    file.added_tokens.push({ id: id + wrong, content, ...flags, special: chance(random, 0.5) });
  }
  return ["<|endoftext|>", ...special];
}

/** The base tokenizer with any of its parts otherwise. */
function drawFile(random: RandomStream, base: Tokenizer): Drawn {
  const file: File = JSON.parse(base.json);
  const added = addedTokens(random, file);
  file.normalizer = normalizer(random);
  file.pre_tokenizer = oneOf(random, chance(random, 0.08) ? oddPreTokenizers : preTokenizers);
  const { model } = file;
  model.ignore_merges = chance(random, 0.3);
  model.byte_fallback = chance(random, 0.2);
  model.fuse_unk = chance(random, 0.2);
  model.unk_token = oneOf(random, [null, "", "<|endoftext|>"]);
  if (chance(random, 0.5)) model.merges = model.merges.map((pair: string[]) => pair.join(" "));
  if (chance(random, 0.02)) model.dropout = 0.1;
  if (chance(random, 0.02)) model.end_of_word_suffix = "</w>";
  if (chance(random, 0.02)) delete model.vocab[oneOf(random, Object.keys(model.vocab))];
  const json = JSON.stringify(file);
  return { json: chance(random, 0.1) ? `\ufeff${json}` : json, contents: added };
}

let base: Tokenizer | undefined;

function baseTokenizer(): Tokenizer {
  const sample =
    "the cat and the dog of the house said that it's 1984, 12345 times; WE'LL see café naïve 日本語 🙂 ab abc ";
  base ??= trainTokenizer([sample.repeat(20)], 320);
  return base;
}

export const tokenizers: Target = {
  name: "tokenizers",
  async run(random) {
    const drawn = drawFile(random, baseTokenizer());
    let ours: Tokenizer;
    try {
      ours = tokenizerFromJson(drawn.json);
    } catch (error) {
      if (error instanceof UserError) return "refused";
      throw error;
    }
    const native = Native.fromString(ours.json);
    for (let i = 0; i < 12; i++) {
      const text = oddText(random, 40, drawn.contents);
      const outcome = await compare(ours, native, text, drawn);
      if (outcome) return outcome;
    }
    return "same";
  },
};

/** A word where one text had to be refused; undefined where the ids are the same. */
async function compare(ours: Tokenizer, native: Native, text: string, { json }: Drawn): Promise<string | undefined> {
  let ids: number[];
  try {
    ids = [...ours.encode(text)];
  } catch (error) {
    if (error instanceof UserError) return "text refused";
    throw error;
  }
  const expected = (await native.encode(text, null, { addSpecialTokens: false })).getIds();
  if (ids.join() === expected.join()) return undefined;
  const file = JSON.parse(json.replace(/^\ufeff/, ""));
  const { normalizer: n, pre_tokenizer: p, added_tokens: a } = file;
  const shown = { text, ids, expected, normalizer: n, preTokenizer: p, added: a, ignores: file.model.ignore_merges };
  throw new Fault(`other ids than the package: ${JSON.stringify(shown)}`);
}
