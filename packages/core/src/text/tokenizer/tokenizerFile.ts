/**
 * @file What this project reads from a `tokenizer.json`, checked.
 *
 * Only a plain byte-level BPE passes: no normalizer, no byte fallback, no dropout, no affixes.
 */
import { userError } from "../../base/errors.js";
import { charToByte, type Merge } from "./bytePairs.js";

export const endOfTextToken = "<|endoftext|>";

export interface TokenizerFile {
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly merges: readonly Merge[];
  readonly added: ReadonlyMap<string, number>;
  /** Splits a text so that each added token is a part of its own; undefined when there is none. */
  readonly addedPattern: RegExp | undefined;
  readonly vocabSize: number;
  readonly endOfText: number;
  /** Whether words are cut by GPT-2's pattern and nothing else. */
  readonly hasGpt2Words: boolean;
}

interface RawFile {
  normalizer?: unknown;
  pre_tokenizer?: { type?: string; add_prefix_space?: boolean; use_regex?: boolean } | null;
  added_tokens?: { id: number; content: string; single_word?: boolean; lstrip?: boolean; rstrip?: boolean }[];
  model?: {
    type?: string;
    vocab?: Record<string, number>;
    merges?: (string | [string, string])[];
    byte_fallback?: boolean;
    ignore_merges?: boolean;
    dropout?: number | null;
    continuing_subword_prefix?: string | null;
    end_of_word_suffix?: string | null;
  };
}

const remedy = "Give a byte-level BPE tokenizer.json, such as GPT-2's.";

/** Parses and checks the text of a `tokenizer.json`. */
export function parseTokenizerFile(json: string, where: string): TokenizerFile {
  const raw = parse(json, where);
  const refuse = (rule: string, got: unknown) => userError(where, rule, got, remedy);
  const model = raw.model;
  const type = model?.type ?? (model?.merges ? "BPE" : undefined);
  if (!model?.vocab || !model.merges || type !== "BPE") throw refuse("the model must be a BPE", type);
  const odd = oddity(raw);
  if (odd) throw refuse("the BPE must be a plain byte-level one", odd);
  const added = new Map((raw.added_tokens ?? []).map(({ content, id }) => [content, id]));
  const vocabulary = new Map(Object.entries(model.vocab).filter(([token]) => !added.has(token)));
  const endOfText = added.get(endOfTextToken) ?? model.vocab[endOfTextToken];
  if (endOfText === undefined) throw refuse(`the vocabulary must hold ${endOfTextToken}`, "none");
  added.set(endOfTextToken, endOfText);
  vocabulary.delete(endOfTextToken);
  const merges = model.merges.map((merge): Merge => (typeof merge === "string" ? splitMerge(merge) : merge));
  checkVocabulary(vocabulary, merges, refuse);
  const vocabSize = [...vocabulary.values(), ...added.values()].reduce((size, id) => Math.max(size, id + 1), 0);
  const { type: cut, add_prefix_space: prefix, use_regex: pattern = true } = raw.pre_tokenizer ?? {};
  const hasGpt2Words = cut === "ByteLevel" && prefix === false && pattern;
  const addedPattern = patternOf([...added.keys()]);
  return { vocabulary, merges, added, addedPattern, vocabSize, endOfText, hasGpt2Words };
}

function parse(json: string, where: string): RawFile {
  try {
    const raw: unknown = JSON.parse(json);
    if (typeof raw === "object" && raw !== null) return raw;
  } catch (error) {
    throw userError(where, "the file must be JSON", (error as Error).message, remedy, error);
  }
  throw userError(where, "the file must be a JSON object", json.slice(0, 20), remedy);
}

/** The first thing in the file that this reader would get wrong. */
function oddity({ normalizer, pre_tokenizer, added_tokens = [], model }: RawFile): string | undefined {
  if (normalizer) return "a normalizer";
  if (!JSON.stringify(pre_tokenizer ?? null).includes('"ByteLevel"')) return "a pre-tokenizer that is not byte-level";
  const fussy = added_tokens.find((token) => token.single_word || token.lstrip || token.rstrip);
  if (fussy) return `the added token ${fussy.content}, which takes or needs the space around it`;
  if (model?.byte_fallback) return "byte_fallback";
  if (model?.ignore_merges) return "ignore_merges";
  if (model?.dropout) return "dropout";
  if (model?.continuing_subword_prefix) return "continuing_subword_prefix";
  if (model?.end_of_word_suffix) return "end_of_word_suffix";
  return undefined;
}

function splitMerge(merge: string): Merge {
  const space = merge.indexOf(" ");
  return [merge.slice(0, space), merge.slice(space + 1)];
}

function checkVocabulary(
  vocabulary: ReadonlyMap<string, number>,
  merges: readonly Merge[],
  refuse: (rule: string, got: unknown) => Error,
): void {
  for (const char of charToByte.keys()) {
    if (!vocabulary.has(char)) throw refuse("the vocabulary must hold all 256 bytes", `none for ${char}`);
  }
  for (const [token, id] of vocabulary) {
    if (!Number.isInteger(id) || id < 0) throw refuse("ids must be whole numbers from 0", `${id} for ${token}`);
    for (const char of token) {
      if (!charToByte.has(char)) throw refuse("tokens must be written in the byte alphabet", token);
    }
  }
  for (const [left, right] of merges) {
    if (!vocabulary.has(left + right)) throw refuse("merges must give tokens of the vocabulary", `${left} ${right}`);
  }
}

function patternOf(tokens: readonly string[]): RegExp | undefined {
  const escaped = tokens
    .toSorted((a, b) => b.length - a.length)
    .map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return escaped.length > 0 ? new RegExp(`(${escaped.join("|")})`) : undefined;
}
