/**
 * @file Cells of a complete evaluation (`eval:report`) as sentences quote them: what `report.json` holds beside its page.
 */
import { readFileSync } from "node:fs";
import type { Source } from "./claims.js";

interface Section {
  readonly title: string;
  readonly table?: readonly (readonly string[])[];
}

const prefix = "report:";

/** Of "1.33 [1.26, 1.39] better", "515 ± 7.3" or "5.2 [4.6, 5.9] (NFE 5.1)". */
const parts: Readonly<Record<string, (text: string) => string | undefined>> = {
  text: (text) => text,
  mean: (text) => text.split(/ ±| \[|, | \(/)[0],
  interval: (text) => /^[^ ]+(?: \[[^\]]*\]| ± \S+)?/.exec(text)?.[0],
  limit: (text) => /, ([^\]]+)\]/.exec(text)?.[1],
  verdict: (text) => /(better|worse|cannot tell)$/.exec(text)?.[0],
};

/** Cells of the file's sections: `report: TITLE|ROW|COLUMN|text, mean (left out), interval, limit (its upper end) or verdict`. */
export function reportSource(path: string): Source {
  const { sections }: { sections: readonly Section[] } = JSON.parse(readFileSync(path, "utf8"));
  return (claim) => {
    if (!claim.startsWith(prefix)) return undefined;
    const [title, label, column, what = "mean"] = claim
      .slice(prefix.length)
      .split("|")
      .map((part) => part.trim());
    const [head = [], ...rows] = sections.find((one) => one.title === title)?.table ?? [];
    // Rows of sets are named with their number of items, which a sentence need not repeat.
    const cell = rows.find(([name]) => name === label || name?.replace(/ \(n = \d+\)$/, "") === label)?.[
      head.indexOf(column ?? "")
    ];
    return cell === undefined || column === undefined ? undefined : parts[what]?.(cell);
  };
}
