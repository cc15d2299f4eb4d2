/**
 * @file A text cut at its added tokens (such as `<|endoftext|>`), which are found before anything is split into words.
 *
 * Leftmost first, of those that begin there the longest. A token may take the white space beside it, and may ask to be
 * no part of a word. Source of these rules, odd corners included: `find_matches` of huggingface/tokenizers 0.23.1,
 * added_vocabulary.rs.
 */
import { whitespacePreTokenizer } from "tokenizers";
import { userError } from "../../base/errors.js";
import type { AddedToken } from "./parts.js";
import { isSettled } from "./words.js";

/** The parts of a text in order: added tokens, and what lies between them. */
export type CutAdded = (text: string) => readonly (string | AddedToken)[];

interface Match {
  readonly at: number;
  readonly pattern: string;
  readonly token: AddedToken;
}

type Patterns = readonly (readonly [pattern: string, token: AddedToken])[];

/**
 * Cuts texts at tokens, each given with the pattern by which it is found.
 *
 * Throws   UserError where two have the same, of which the package takes one or the other
 */
export function cutterOfAdded(tokens: Patterns, where: string): CutAdded {
  if (tokens.length === 0) return (text) => [text];
  const seen = new Set<string>();
  const twice = tokens.find(([pattern]) => seen.size === seen.add(pattern).size);
  if (twice) {
    const rule = "added tokens must differ when they are normalised";
    throw userError(where, rule, `two that become ${JSON.stringify(twice[0])}`, "Leave one of them out.");
  }
  const find = finderOf(tokens);
  return (text) => {
    const parts: (string | AddedToken)[] = [];
    let from = 0;
    for (let match = find(text, 0); match; match = find(text, match.at + match.pattern.length)) {
      const { token } = match;
      const place = placeOf(text, match, from);
      if (!place) continue;
      if (from < place.start) parts.push(text.slice(from, place.start));
      if (place.start < place.end) parts.push(token);
      from = place.end;
    }
    if (from !== text.length) parts.push(from === 0 ? text : text.slice(from));
    return parts;
  };
}

/** From where to where a token that was found reaches; undefined where it is part of a word and must not be. */
function placeOf(text: string, { at, pattern, token }: Match, from: number) {
  const after = at + pattern.length;
  if (token.singleWord && (endsWithWord(text.slice(0, at)) || beginsWithWord(text.slice(after)))) return undefined;
  const start = token.stripsLeft ? Math.max(from, at - leftSpaces(text, at)) : at;
  const end = token.stripsRight ? after + rightSpaces(text, after) : after;
  return { start, end };
}

/** The next match from a place on. */
function finderOf(tokens: Patterns) {
  const byPattern = new Map(tokens);
  const lengths = new Map<string, number[]>();
  for (const pattern of [...byPattern.keys()].sort((a, b) => b.length - a.length)) {
    const first = pattern.charAt(0);
    const known = lengths.get(first) ?? [];
    if (known.at(-1) !== pattern.length) lengths.set(first, [...known, pattern.length]);
  }
  const codes = [...lengths.keys()].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const begin = new RegExp(`[${codes.join("")}]`, "g");
  const [only] = byPattern.size === 1 ? tokens : [];
  return (text: string, from: number): Match | undefined => {
    if (only) {
      const at = text.indexOf(only[0], from);
      return at < 0 ? undefined : { at, pattern: only[0], token: only[1] };
    }
    begin.lastIndex = from;
    for (let found = begin.exec(text); found; found = begin.exec(text)) {
      for (const length of lengths.get(found[0]) as number[]) {
        const pattern = text.slice(found.index, found.index + length);
        const token = byPattern.get(pattern);
        if (token) return { at: found.index, pattern, token };
      }
    }
    return undefined;
  };
}

const rightSpaces = (text: string, at: number): number => {
  const spaces = /\p{White_Space}*/uy;
  spaces.lastIndex = at;
  return spaces.exec(text)?.[0].length ?? 0;
};

const space = /^\p{White_Space}$/u;
function leftSpaces(text: string, at: number): number {
  let count = 0;
  while (at > count && space.test(text.charAt(at - count - 1))) count++;
  return count;
}

/** What the regex library of the package calls a word's character, of those that both know alike. */
const wordChar = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const byWords = whitespacePreTokenizer();

/** Node and the package bring Unicode tables of their own: of characters that may be new to one of them the package is asked. */
const isOfWord = (char: string): boolean =>
  isSettled(char) ? wordChar.test(char) : byWords.preTokenizeString(`a${char}`)[0]?.[0] === `a${char}`;

function endsWithWord(text: string): boolean {
  const end = text.slice(-2);
  const [char] = /.$/su.exec(end) ?? [];
  return char !== undefined && isOfWord(char);
}

function beginsWithWord(text: string): boolean {
  const code = text.codePointAt(0);
  return code !== undefined && isOfWord(String.fromCodePoint(code));
}
