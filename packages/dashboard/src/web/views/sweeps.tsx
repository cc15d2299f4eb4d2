/**
 * @file Sweeps: an experiment's training runs as a grid over two keys of their config, and as parallel coordinates.
 */
import { formatEstimate, formatNumber } from "../../charts/format.js";
import type { Sweep, SweepCell } from "../../query/sweep.js";
import { useAnswer } from "../api.js";
import { Asked, Notice, Text, Wide } from "../parts/basics.js";
import { Parallel } from "../parts/parallel.js";
import { ExperimentSelect, Select } from "../parts/select.js";
import { address, change, place } from "../place.js";

function States({ cell }: { cell: SweepCell }) {
  return (
    <small>
      {Object.entries(cell.statuses)
        .map(([status, count]) => `${count} ${status}`)
        .join(", ")}
      {`; seeds ${cell.seeds.slice(0, 8).join(", ")}`}
    </small>
  );
}

function CellView({ cells }: { cells: readonly SweepCell[] }) {
  if (cells.length === 0) return <td>–</td>;
  return (
    <td>
      {cells.map((cell) => (
        <p class="cell" key={cell.at.join(" ")}>
          <a
            href={address("/compare", { run: cell.runs.slice(-6) })}
            title={cell.value ? formatEstimate(cell.value) : ""}
          >
            {cell.value ? formatNumber(cell.value.mean) : "not judged"}
          </a>{" "}
          {cell.round === null ? null : <small>round {cell.round}</small>}
          <States cell={cell} />
        </p>
      ))}
    </td>
  );
}

function Grid({ sweep, row, column }: { sweep: Sweep; row: number; column: number }) {
  const [rows, columns] = [sweep.axes[row], sweep.axes[column]];
  if (rows === undefined) return null;
  const across = columns === undefined || column === row ? [null] : columns.values;
  const at = (y: string, x: string | null) =>
    sweep.cells.filter((cell) => cell.at[row] === y && (x === null || cell.at[column] === x));
  return (
    <Wide label="grid">
      <table>
        <caption>
          {sweep.measure ?? "no measure"} at {sweep.steps ?? "no"} steps, newest round of each cell, mean over seeds
        </caption>
        <thead>
          <tr>
            <th scope="col">
              {rows.key} ↓ {columns && column !== row ? `${columns.key} →` : ""}
            </th>
            {across.map((x) => (
              <th scope="col" key={x}>
                {x === null ? "all" : <Text text={x} max={30} />}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.values.map((y) => (
            <tr key={y}>
              <th scope="row">
                <Text text={y} max={30} />
              </th>
              {across.map((x) => (
                <CellView key={x} cells={at(y, x)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Retries({ cells }: { cells: readonly SweepCell[] }) {
  const commands = cells.flatMap(({ retry }) => retry);
  if (commands.length === 0) return null;
  return (
    <>
      <h2>Failed or stopped: to start again</h2>
      {commands.slice(0, 50).map((command) => (
        <p class="bar" key={command}>
          <code>
            <Text text={command} max={500} />
          </code>
          <button type="button" onClick={() => void navigator.clipboard?.writeText(command)}>
            Copy
          </button>
        </p>
      ))}
    </>
  );
}

function axisIndex(sweep: Sweep, part: "row" | "column", otherwise: number): number {
  const found = sweep.axes.findIndex(({ key }) => key === place.value.query.get(part));
  return found < 0 ? Math.min(otherwise, Math.max(0, sweep.axes.length - 1)) : found;
}

function Content({ sweep }: { sweep: Sweep }) {
  const [row, column] = [axisIndex(sweep, "row", 0), axisIndex(sweep, "column", 1)];
  const keys = sweep.axes.map(({ key }) => [key, key] as const);
  const steps = sweep.stepChoices.map((count) => [String(count), String(count)] as const);
  return (
    <>
      <form class="bar" onSubmit={(event) => event.preventDefault()}>
        <ExperimentSelect value={sweep.experiment} />
        {steps.length === 0 ? null : (
          <Select
            label="Steps"
            value={String(sweep.steps)}
            choices={steps}
            onChoose={(count) => change({ steps: count })}
          />
        )}
        {keys.length < 2 ? null : (
          <>
            <Select label="Rows" value={keys[row]?.[0] ?? ""} choices={keys} onChoose={(key) => change({ row: key })} />
            <Select
              label="Columns"
              value={keys[column]?.[0] ?? ""}
              choices={keys}
              onChoose={(key) => change({ column: key })}
            />
          </>
        )}
      </form>
      {sweep.axes.length === 0 ? (
        <Notice>
          {sweep.training === 0
            ? "This experiment has no training runs."
            : `All ${sweep.training} training runs have the same config (but for seeds): there is nothing to lay out.`}
        </Notice>
      ) : (
        <>
          <Grid sweep={sweep} row={row} column={column} />
          <Parallel sweep={sweep} />
        </>
      )}
      <Retries cells={sweep.cells} />
    </>
  );
}

export function SweepsPage() {
  const { query } = place.value;
  const parts = { experiment: query.get("experiment") ?? undefined, steps: query.get("steps") ?? undefined };
  const answer = useAnswer<Sweep>(address("/api/sweep", parts));
  return (
    <>
      <h1>Sweeps</h1>
      {answer.error === undefined ? null : (
        <p>
          <a href="/sweeps">Show the newest experiment</a>
        </p>
      )}
      <Asked answer={answer}>{(sweep) => <Content sweep={sweep} />}</Asked>
    </>
  );
}
