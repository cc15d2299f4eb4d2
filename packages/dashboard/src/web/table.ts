/**
 * @file A curve's numbers as an HTML table, each a button that opens the samples behind it.
 */
import type { Cell, CurveTable } from "../charts/table.js";
import { make } from "./dom.js";

type Open = (title: string, keys: readonly string[]) => void;

function cellElement(cell: Cell | null, title: string, open: Open): HTMLTableCellElement {
  if (cell === null) return make("td", "–");
  const button = make("button", cell.text);
  button.type = "button";
  button.title = `Samples of ${title}`;
  button.addEventListener("click", () => open(title, cell.keys));
  return make("td", button, make("small", cell.detail));
}

export function fillTable(table: HTMLTableElement, { steps, rows }: CurveTable, open: Open): void {
  const heads = ["steps", ...steps.map(String)].map((text) => {
    const head = make("th", text);
    head.scope = "col";
    return head;
  });
  const body = rows.map(({ label, cells }) => {
    const head = make("th", label);
    head.scope = "row";
    const row = cells.map((cell, i) => cellElement(cell, `${label} at ${steps[i]} steps`, open));
    return make("tr", head, ...row);
  });
  table.replaceChildren(make("thead", make("tr", ...heads)), make("tbody", ...body));
}
