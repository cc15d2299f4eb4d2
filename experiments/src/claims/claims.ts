/**
 * @file Numbers in sentences, held to the cell that they are of.
 *
 *   at 4 steps it is <!-- =gain|round 5|4|interval -->1.26 [1.18, 1.35]<!-- / --> times better
 *   distinct-1 is <!-- =report: distinct-1|round 5|16 -->0.232<!-- / -->
 *
 * names a table, a row, a column, and what is said of the cell (left out: its value). Without a prefix the table is the default
 * experiment's, by its key; after `report:` a section of its complete evaluation, by its title. Writing a report writes these
 * numbers again; whether the words around them still hold is for a reader.
 */

const claimed = /<!-- =([^>]*?) -->([\s\S]*?)<!-- \/ -->/g;

/** What is known under a claim's name; undefined where there is no such cell. */
export type Source = (claim: string) => string | undefined;

export interface Claim {
  /** `gain|round 5|4|interval` */
  readonly of: string;
  /** What the sentence says. */
  readonly said: string;
  readonly found: string | undefined;
}

export function claimsOf(text: string, source: Source): Claim[] {
  return [...text.matchAll(claimed)].map(([, of = "", said = ""]) => ({ of, said, found: source(of) }));
}

/** The text with every number as its source has it; one that has none stays, for the test to find. */
export function fillClaims(text: string, source: Source): string {
  return text.replace(claimed, (whole, of: string) => {
    const found = source(of);
    return found === undefined ? whole : `<!-- =${of} -->${found}<!-- / -->`;
  });
}

const [begin, end] = ["<!-- claims: begin -->", "<!-- claims: end -->"];

/** What needs no source: what a figure is of, and not what it is. */
const named = [
  /`[^`]*`/g,
  /\]\([^)]*\)/g,
  /<!--[\s\S]*?-->/g,
  /^\s*\d+\. /gm,
  /\b(rounds?|seeds?|decision|top-p|n =|m =|τ =|τ of|Δ =|η =|at|of|and) \d+(\.\d+)?((,| to| and| or) \d+)*(?! ?%)\b(?! times)/gi,
  /\b\d+(\.\d+)? (nats|steps?|rounds?|seeds?|updates|samples|tokens)\b/g,
  /\b(95|5) %/g,
  /\b\d-gram|distinct-\d/g,
];

/** Numbers between `claims: begin` and `claims: end` that stand there without a source. */
export function unsourced(text: string): string[] {
  const parts = text.split(begin).slice(1);
  return parts.flatMap((part) => {
    const bare = named.reduce(
      (left, pattern) => left.replace(pattern, " "),
      part.split(end)[0]?.replace(claimed, " ") ?? "",
    );
    return [...bare.matchAll(/(?<![\w@.-])\d+(\.\d+)?/g)].map(([number]) => number);
  });
}
