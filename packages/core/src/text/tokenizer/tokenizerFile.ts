/**
 * @file What this project reads from a `tokenizer.json`, checked.
 *
 * A byte-level BPE passes: every byte is a token, so that any text can be encoded and nothing is unknown. What would
 * make ids other than those of the `tokenizers` package is refused by its name (refusals.ts).
 */
import { userError } from "../../base/errors.js";
import { mistakenFor } from "../../files/mistaken.js";
import { addedTokensOf } from "./addedTokens.js";
import { charToByte, type Merge } from "./bytePairs.js";
import type { AddedToken, RawTokenizer, Refuse, Step } from "./parts.js";
import { oddity } from "./refusals.js";

export const endOfTextToken = "<|endoftext|>";

export interface TokenizerFile {
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly merges: readonly Merge[];
  /** Whether a word that is a token is that token, whatever its merges. */
  readonly ignoresMerges: boolean;
  readonly added: readonly AddedToken[];
  readonly normalizers: readonly Step[];
  readonly preTokenizers: readonly Step[];
  readonly vocabSize: number;
  readonly endOfText: number;
}

const remedy = "Give a byte-level BPE tokenizer.json, such as GPT-2's.";

/** Parses and checks the text of a `tokenizer.json`. */
export function parseTokenizerFile(json: string, where: string): TokenizerFile {
  const raw = parse(json, where);
  const refuse: Refuse = (rule, got) => userError(where, rule, got, remedy);
  const { model } = raw;
  const type = model?.type ?? (model?.merges ? "BPE" : undefined);
  if (!model?.vocab || !Array.isArray(model.merges) || type !== "BPE") throw refuse("the model must be a BPE", type);
  const vocabulary = new Map(Object.entries(model.vocab));
  const normalizers = stepsOf(raw.normalizer, "normalizers");
  const preTokenizers = stepsOf(raw.pre_tokenizer, "pretokenizers");
  const added = addedTokensOf(raw.added_tokens ?? [], vocabulary, refuse);
  const odd = oddity(raw, { normalizers, preTokenizers, added });
  if (odd) throw refuse("the BPE must be a plain byte-level one", odd);
  const merges = model.merges.map((merge) => mergeOf(merge, refuse));
  checkVocabulary(vocabulary, merges, refuse);
  const endOfText = added.find(({ content }) => content === endOfTextToken)?.id ?? vocabulary.get(endOfTextToken);
  if (endOfText === undefined) throw refuse(`the vocabulary must hold ${endOfTextToken}`, "none");
  const ids = [...vocabulary.values(), ...added.map(({ id }) => id)];
  const vocabSize = ids.reduce((size, id) => Math.max(size, id + 1), 0);
  const ignoresMerges = model.ignore_merges ?? false;
  return { vocabulary, merges, ignoresMerges, added, normalizers, preTokenizers, vocabSize, endOfText };
}

function parse(json: string, where: string): RawTokenizer {
  try {
    const raw: unknown = JSON.parse(json);
    if (typeof raw === "object" && raw !== null) return raw;
  } catch (error) {
    const known = mistakenFor(Buffer.from(json.slice(0, 512)));
    const got = known?.got ?? (error as Error).message;
    throw userError(where, "the file must be JSON", got, known?.remedy ?? remedy, error);
  }
  throw userError(where, "the file must be a JSON object", json.slice(0, 20), remedy);
}

/** The steps of a part of the file, sequences within sequences laid out flat; an empty one is none. */
function stepsOf(part: unknown, within: string): Step[] {
  const step = part as Step | null | undefined;
  if (!step) return [];
  const steps = step[within];
  if (step.type !== "Sequence" || !Array.isArray(steps)) return [step];
  return steps.flatMap((one) => stepsOf(one, within));
}

function mergeOf(merge: string | readonly [string, string], refuse: Refuse): Merge {
  const pair = typeof merge === "string" ? merge.split(" ") : merge;
  if (Array.isArray(pair) && pair.length === 2) return pair as unknown as Merge;
  throw refuse("a merge must be a pair", JSON.stringify(merge));
}

function checkVocabulary(vocabulary: ReadonlyMap<string, number>, merges: readonly Merge[], refuse: Refuse): void {
  for (const char of charToByte.keys()) {
    if (!vocabulary.has(char)) throw refuse("the vocabulary must hold all 256 bytes", `none for ${char}`);
  }
  for (const [token, id] of vocabulary) {
    if (!Number.isInteger(id) || id < 0) throw refuse("ids must be whole numbers from 0", `${id} for ${token}`);
  }
  for (const [left, right] of merges) {
    const missing = [left, right, left + right].find((token) => !vocabulary.has(token));
    if (missing !== undefined) throw refuse("merges must be of tokens of the vocabulary", `${left} ${right}`);
  }
}
