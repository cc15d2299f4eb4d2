/**
 * @file A text cut at its added tokens (such as `<|endoftext|>`), which are found before anything is split into words.
 *
 * Leftmost first, of those that begin there the longest. A token may take the white space beside it, and may ask to be
 * no part of a word. Source of these rules, odd corners included: `find_matches` of huggingface/tokenizers 0.23.1,
 * added_vocabulary.rs.
 */
import { userError } from "../../base/errors.js";
import { isAssigned } from "./words.js";

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Found only where no letter, digit or the like stands beside it. */
  readonly singleWord: boolean;
  readonly stripsLeft: boolean;
  readonly stripsRight: boolean;
  /** Looked for in the normalised text, in its own normalised form. */
  readonly normalized: boolean;
}

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
  if (token.singleWord && (endsWithWord(text.slice(0, at), token) || beginsWithWord(text.slice(after), token)))
    return undefined;
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

/** What the regex library of the package calls a word's character. */
const wordChar = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]";
const first = new RegExp(`^${wordChar}`, "u");
const last = new RegExp(`${wordChar}$`, "u");

function endsWithWord(text: string, token: AddedToken): boolean {
  refuseUnassigned(text.at(-1) === undefined ? "" : String.fromCodePoint(lastCode(text)), token);
  return last.test(text.slice(-2));
}

function beginsWithWord(text: string, token: AddedToken): boolean {
  refuseUnassigned(text === "" ? "" : String.fromCodePoint(text.codePointAt(0) as number), token);
  return first.test(text);
}

function lastCode(text: string): number {
  const pair = text.length > 1 ? (text.codePointAt(text.length - 2) as number) : 0;
  return pair > 0xffff ? pair : text.charCodeAt(text.length - 1);
}

/** Node and the package bring Unicode tables of their own: a character new to one of them may be a letter to the other. */
function refuseUnassigned(char: string, { content }: AddedToken): void {
  if (char === "" || isAssigned(char)) return;
  const code = (char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
  const rule = "characters beside a single-word added token must be of a Unicode that Node knows";
  throw userError(`tokenizer, token ${content}`, rule, `U+${code}`, "Use a newer Node, or take the character out.");
}
