/** @file Rows of text in columns, for the terminal and in Markdown. */

const toTheRight = (column: number): boolean => column > 0;

/** Columns two spaces apart: to the right those of which `isRight`, by default all but the first; the others to the left. */
export function alignTable(rows: readonly (readonly string[])[], isRight = toTheRight): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const pad = (width: number, i: number, cell = "") => (isRight(i) ? cell.padStart(width) : cell.padEnd(width));
  return rows
    .map((row) =>
      widths
        .map((width, i) => pad(width, i, row[i]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The same in Markdown, the first row as the head. */
export function markdownRows([head = [], ...body]: readonly (readonly string[])[], isRight = toTheRight): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (isRight(i) ? "---:" : "---"))), ...body.map(line)].join("\n");
}
