/** @file Rows in the order of a value that each has or has not. */

/** Far quicker than `localeCompare`, which looks the language up each time. */
const collator = new Intl.Collator("en");

const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "number" && Number.isNaN(value));

/**
 * Numbers by size, all else as text; a new list.
 *
 * Holds    what is missing comes last whichever way is asked for, and equals stay in the order that they had
 */
export function sortedBy<T>(rows: readonly T[], isDown: boolean, keyOf: (row: T) => unknown): T[] {
  const sign = isDown ? -1 : 1;
  const compare = (a: unknown, b: unknown): number => {
    if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b));
    if (typeof a === "number" && typeof b === "number") return sign * (a === b ? 0 : a < b ? -1 : 1);
    return sign * collator.compare(String(a), String(b));
  };
  const valued = rows.map((row) => ({ row, value: keyOf(row) }));
  return valued.sort((a, b) => compare(a.value, b.value)).map(({ row }) => row);
}
