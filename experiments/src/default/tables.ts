/**
 * @file A report's tables with the numbers behind their text, so that sentences can be held to them.
 */
import { markdownRows } from "@sdtt/core/cli";
import { formatInterval, formatNumber, type Interval } from "@sdtt/core/statistics";

/** A cell as it is shown; what sentences may say of it is named. */
export interface Shown {
  readonly text: string;
  /** By name (`mean`, `interval`, …), as a sentence shows it. */
  readonly says?: Readonly<Record<string, string>>;
}

export interface FigureTable {
  /** Names it in sentences. */
  readonly key: string;
  readonly title: string;
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly { readonly label: string; readonly cells: readonly Shown[] }[];
}

export const nothing: Shown = { text: "–" };

/** "0.56 [0.54, 0.59] better" with two digits, as ratios are read; or in three significant ones. */
export function shownInterval(
  { mean, low, high }: Pick<Interval, "mean" | "low" | "high">,
  { digits, verdict = "" }: { readonly digits?: number; readonly verdict?: string | undefined } = {},
): Shown {
  const number = (value: number) => (digits === undefined ? formatNumber(value) : value.toFixed(digits));
  const ends = Number.isNaN(low)
    ? ""
    : digits === undefined
      ? formatInterval({ low, high })
      : `[${number(low)}, ${number(high)}]`;
  const interval = `${number(mean)} ${ends}`.trimEnd();
  return { text: `${interval} ${verdict}`.trimEnd(), says: { mean: number(mean), interval, verdict } };
}

export function tableMarkdown({ title, note, head, rows }: FigureTable): string {
  const body = rows.map(({ label, cells }) => [label, ...cells.map(({ text }) => text)]);
  return [`### ${title}`, note, markdownRows([head, ...body])].filter((part) => part !== "").join("\n\n");
}

/** What a sentence says of a cell: `gain|round 5|4|mean`. Undefined where there is no such thing. */
export function saidOf(tables: readonly FigureTable[], claim: string): string | undefined {
  const [key, label, column, what = "mean"] = claim.split("|").map((part) => part.trim());
  const table = tables.find((one) => one.key === key);
  const row = table?.rows.find((one) => one.label === label);
  const at = (table?.head.indexOf(column ?? "") ?? -1) - 1;
  const cell = at < 0 ? undefined : row?.cells[at];
  return what === "text" ? cell?.text : cell?.says?.[what];
}
