/**
 * @file A text in the form that a tokenizer's normalizers give it.
 *
 * The package normalises, and does so slowly, because it keeps track of every character's place. Unicode's four forms of
 * a text whose characters have been settled for years are V8's too (the stability policy of Unicode promises it), and
 * plain ASCII is its own form.
 */
import type { Normalizer } from "tokenizers";
import type { Step } from "./parts.js";
import { isSettled } from "./words.js";

export type Normalize = (text: string) => string;

const forms: readonly string[] = ["NFC", "NFD", "NFKC", "NFKD"];
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ascii = /^[\x00-\x7f]*$/;

/** Throws whatever the package throws: nothing, for texts. */
export function normalizeBy(steps: readonly Step[], native: Normalizer | null): Normalize {
  if (steps.length === 0 || !native) return (text) => text;
  const byPackage = (text: string) => (text === "" ? "" : native.normalizeString(text));
  if (!steps.every(({ type }) => forms.includes(type))) return byPackage;
  return (text) => {
    if (ascii.test(text)) return text;
    return isSettled(text) ? steps.reduce((now, { type }) => now.normalize(type), text) : byPackage(text);
  };
}
