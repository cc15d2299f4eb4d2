/**
 * @file Numbers in sentences, held to the table that they are of.
 *
 *   at 4 steps it is <!-- =gain|round 5|4|interval -->1.26 [1.18, 1.35]<!-- / --> times better
 *
 * names a cell of the report by table, row and column, and what is said of it. Writing the report writes these numbers
 * again; whether the words around them still hold is for a reader, who is told which sentences changed.
 */
import { type ReportTable, saidOf } from "./tables.js";

const claimed = /<!-- =([^>]*?) -->([\s\S]*?)<!-- \/ -->/g;

export interface Claim {
  /** `gain|round 5|4|interval` */
  readonly of: string;
  /** What the sentence says. */
  readonly said: string;
  /** What the tables say; undefined where they have no such cell. */
  readonly found: string | undefined;
}

export function claimsOf(text: string, tables: readonly ReportTable[]): Claim[] {
  return [...text.matchAll(claimed)].map(([, of = "", said = ""]) => ({ of, said, found: saidOf(tables, of) }));
}

/** The text with every number as the tables have it; one that they do not have stays, for the test to find. */
export function fillClaims(text: string, tables: readonly ReportTable[]): string {
  return text.replace(claimed, (whole, of: string) => {
    const found = saidOf(tables, of);
    return found === undefined ? whole : `<!-- =${of} -->${found}<!-- / -->`;
  });
}
