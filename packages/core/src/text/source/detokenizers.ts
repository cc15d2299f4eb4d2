/**
 * @file The spaces that word-level data sets put between words and signs, taken out again: as the field does it.
 *
 * Figures on WikiText, PTB and lm1b can be compared only when the text is written in the same way, so these tables hold
 * the published transformations, their quirks included; each quirk is named. They lose information and are not undone.
 * Source: dataloader.py of kuleshov-group/mdlm 06dd29f (as in SEDD before it). Python's \s and \w are written out,
 * since JavaScript's are others.
 */

/** All places of `find` become `put`, where $1 stands for the first group of a pattern. */
export interface Rule {
  readonly name: string;
  readonly find: string | RegExp;
  readonly put: string;
}

export const detokenizerNames = ["none", "wikitext", "ptb", "lm1b", "lambada", "scientific-papers"] as const;
export type DetokenizerName = (typeof detokenizerNames)[number];

const space = "[\\p{White_Space}\\x1c-\\x1f]";
const word = "[\\p{L}\\p{N}_]";
const pattern = (source: string) => new RegExp(source.replaceAll("\\s", space).replaceAll("\\w", word), "gu");
/** Python's $: the end, or before a line break that ends the text. */
const end = "(?=\\n?$)";

const glued = (...signs: readonly string[]): Rule[] =>
  signs.map((sign) => ({ name: `no space before ${sign}`, find: ` ${sign} `, put: `${sign} ` }));

const wikitext: readonly Rule[] = [
  { name: "plural possessive", find: "s '", put: "s'" },
  { name: "quirk: writes the pattern itself", find: pattern("/' [0-9]/"), put: "/'[0-9]/" },
  { name: "hyphen", find: " @-@ ", put: "-" },
  { name: "thousands", find: " @,@ ", put: "," },
  { name: "decimals", find: " @.@ ", put: "." },
  ...glued(":", ";", ".", "!", "?", ","),
  { name: "round brackets", find: pattern("\\(\\s*([^\\)]*?)\\s*\\)"), put: "($1)" },
  { name: "square brackets", find: pattern("\\[\\s*([^\\]]*?)\\s*\\]"), put: "[$1]" },
  { name: "braces", find: pattern("\\{\\s*([^\\}]*?)\\s*\\}"), put: "{$1}" },
  { name: "double quotes", find: pattern('"\\s*([^"]*?)\\s*"'), put: '"$1"' },
  { name: "single quotes", find: pattern("'\\s*([^']*?)\\s*'"), put: "'$1'" },
  { name: "heading 4", find: "= = = =", put: "====" },
  { name: "heading 3", find: "= = =", put: "===" },
  { name: "heading 2", find: "= =", put: "==" },
  { name: "degree", find: " \u00b0 ", put: "\u00b0" },
  { name: "no space before a break", find: " \n", put: "\n" },
  { name: "no space after a break", find: "\n ", put: "\n" },
  { name: "quirk: PTB's number, also where N is a letter", find: " N ", put: " 1 " },
  { name: "possessive", find: " 's", put: "'s" },
];

const number: Rule = { name: "number", find: " N ", put: " 1 " };

const ptb: readonly Rule[] = [
  { name: "possessive", find: " 's", put: "'s" },
  { name: "plural possessive", find: "s ' ", put: "s' " },
  { name: "negation", find: " n't", put: "n't" },
  { name: "no space around a break", find: " \n ", put: "\n" },
  { name: "slash", find: "\\/", put: "/" },
  // Twice finds all: the first pass takes every other one of N N N. The published ten passes do no more.
  number,
  number,
  { name: "dollars", find: "$ 1", put: "$1" },
  { name: "pounds", find: "# 1", put: "#1" },
  { name: "unknown word", find: "<unk>", put: "?" },
];

const lm1b: readonly Rule[] = [
  { name: "address", find: "http : / / ", put: "http://" },
  { name: "safe address", find: "https : / / ", put: "https://" },
  { name: "contraction", find: pattern(" '(\\w+)"), put: "'$1" },
  { name: "full stop", find: pattern(" (\\w+) \\. "), put: " $1. " },
  { name: "last full stop", find: pattern(` (\\w+) \\.${end}`), put: " $1." },
  ...glued("?"),
  { name: "last question mark", find: pattern(` \\?${end}`), put: "?" },
  ...glued("!"),
  { name: "last exclamation mark", find: pattern(` !${end}`), put: "!" },
  ...glued(",", ":", ";"),
  { name: "slash", find: " / ", put: "/" },
  { name: "double quotes", find: pattern('" ([^"]+) "'), put: '"$1"' },
  { name: "single quotes", find: pattern("' ([^']+) '"), put: "'$1'" },
  { name: "round brackets", find: pattern("\\( ([^\\(\\)]+) \\)"), put: "($1)" },
  { name: "square brackets", find: pattern("\\[ ([^\\[\\]]+) \\]"), put: "[$1]" },
  { name: "dollars", find: "$ ", put: "$" },
  { name: "pounds", find: "\u00a3 ", put: "\u00a3" },
];

const lambada: readonly Rule[] = [
  { name: "opening quote", find: "\u201c", put: '"' },
  { name: "closing quote", find: "\u201d", put: '"' },
  { name: "no space at either end", find: pattern("^\\s+|\\s+$"), put: "" },
  { name: "a break before", find: /^/g, put: "\n" },
];

export const detokenizers: Record<DetokenizerName, readonly Rule[]> = {
  none: [],
  wikitext,
  ptb,
  lm1b,
  lambada,
  "scientific-papers": [...wikitext, ...lm1b],
};

/** Applies the rules of a detokenizer, one after the other. */
export function detokenize(name: DetokenizerName, text: string): string {
  return detokenizers[name].reduce((now, { find, put }) => {
    return typeof find === "string"
      ? now.replaceAll(find, () => put)
      : now.replace(find, (_, group) => fill(put, group));
  }, text);
}

const fill = (put: string, group: unknown) => (typeof group === "string" ? put.replaceAll("$1", () => group) : put);
