/**
 * @file A curve's numbers as a table; each opens the samples behind it.
 */
import type { Cell, CurveTable } from "../../charts/data/table.js";
import { Heads, Text, Wide } from "./basics.js";
import type { Open } from "./chart.js";

function CellView({ cell, title, onOpen }: { cell: Cell | null; title: string; onOpen: Open }) {
  if (cell === null) return <td>–</td>;
  // Network evaluations are a figure of no samples.
  if (cell.keys.length === 0) return <td>{cell.text}</td>;
  return (
    <td>
      <button type="button" class="number" title={`Samples of ${title}`} onClick={() => onOpen(title, cell.keys)}>
        {cell.text}
      </button>
      <small>{cell.detail}</small>
    </td>
  );
}

export function CurveTableView({ table, caption, onOpen }: { table: CurveTable; caption: string; onOpen: Open }) {
  return (
    <Wide label={caption}>
      <table>
        <caption>{caption}</caption>
        <Heads of={["steps", ...table.steps]} />
        <tbody>
          {table.rows.map(({ label, cells }) => (
            <tr key={label}>
              <th scope="row">
                <Text text={label} max={60} />
              </th>
              {cells.map((cell, i) => (
                <CellView
                  key={table.steps[i]}
                  cell={cell}
                  title={`${label} at ${table.steps[i]} steps`}
                  onOpen={onOpen}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
