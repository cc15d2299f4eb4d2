/**
 * @file Sweeps: an experiment's cells as a grid over two axes and as parallel coordinates, and what is not done of it.
 */

import { visibleControls } from "@sdtt/core/report";
import { formatEstimate, formatInterval, formatNumber } from "@sdtt/core/statistics";
import { useCallback, useState } from "preact/hooks";
import { type GridCell, plainValue, type Sweep } from "../../charts/data/sweepGrid.js";
import { parallelChart } from "../../charts/drawing/parallelChart.js";
import type { Theme } from "../../charts/drawing/theme.js";
import type { AnswerTo } from "../../protocol.js";
import { useAnswer } from "../api.js";
import { Asked, Heads, Notice, Status, Text, UnknownValues, Wide } from "../parts/basics.js";
import { ChartBox } from "../parts/chart.js";
import { ExperimentSelect, Select } from "../parts/select.js";
import { Findings } from "../parts/sweepFindings.js";
import { address, change, place } from "../place.js";
import type { View } from "../view.js";

function States({ cell }: { cell: GridCell }) {
  return (
    <small>
      {Object.entries(cell.statuses).map(([status, count]) => (
        <span key={status}>
          <Status status={status} /> {count}{" "}
        </span>
      ))}
      · seeds {cell.seeds.slice(0, 8).join(", ")}
    </small>
  );
}

function CellView({ cells }: { cells: readonly GridCell[] }) {
  if (cells.length === 0) return <td>–</td>;
  return (
    <td>
      {cells.map((cell) => (
        <p class="cell" key={cell.at.join(" ")}>
          <a
            href={address("/compare", { run: cell.runs.slice(-6) })}
            title={cell.value ? formatEstimate(cell.value) : ""}
          >
            {cell.value ? formatNumber(cell.value.mean) : cell.says.startsWith("outside") ? "outside" : "not judged"}
          </a>{" "}
          {cell.value ? <small>{formatInterval(cell.value)}</small> : null}{" "}
          {cell.says === "" ? null : <small>{cell.says}</small>}{" "}
          {cell.verdict === null ? null : <small class={cell.verdict === "better" ? "good" : ""}>{cell.verdict}</small>}{" "}
          {cell.round === null ? null : <small>round {cell.round}</small>}{" "}
          {cell.entropy === null ? null : <small>entropy {formatNumber(cell.entropy)}</small>}
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
          {sweep.measure ?? "no measure"} at {sweep.steps ?? "no"} steps, newest round of each cell, mean over seeds (
          {sweep.note})
        </caption>
        <Heads
          of={[
            `${rows.key} ↓ ${columns && column !== row ? `${columns.key} →` : ""}`,
            ...across.map((x) => (x === null ? "all" : plainValue(x))),
          ]}
        />
        <tbody>
          {rows.values.map((y) => (
            <tr key={y}>
              <th scope="row">
                <Text text={plainValue(y)} max={30} />
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

function ParallelBox({ sweep }: { sweep: Sweep }) {
  const make = useCallback((colors: Theme) => parallelChart(sweep, colors), [sweep]);
  const query = new URLSearchParams({ experiment: sweep.experiment });
  if (sweep.steps !== null) query.set("steps", String(sweep.steps));
  const label = "parallel coordinates of the cells; the grid above holds the numbers";
  return (
    <>
      <ChartBox make={make} label={label} file="sweep" query={query.toString()} isLow />
      <p class="quiet">
        A line for each cell, coloured by the first axis, dashed where it is not judged yet. The end that a figure
        counts towards is on top, where there is one.
      </p>
    </>
  );
}

function CopyCommand({ what, command }: { what: string; command: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    const done = navigator.clipboard?.writeText(command) ?? Promise.reject(new Error("no clipboard"));
    done.then(
      () => setCopied(true),
      () => getSelection()?.selectAllChildren(document.getElementById(command) as HTMLElement),
    );
  };
  return (
    <p class="command">
      <button type="button" onClick={copy} aria-label={`copy the command: ${what}`}>
        {isCopied ? `${what} ✓` : what}
      </button>{" "}
      <code id={command}>{visibleControls(command)}</code>
    </p>
  );
}

function Commands({ of }: { of: Readonly<Record<string, string>> }) {
  return (
    <>
      {Object.entries(of).map(([what, command]) => (
        <CopyCommand key={what} what={what} command={command} />
      ))}
    </>
  );
}

const maxOpen = 100;

/** Every cell that is not done, why, and what can be done about it. */
function OpenCells({ sweep: { open, commands } }: { sweep: Sweep }) {
  if (open.length === 0) return null;
  return (
    <>
      <h2>Not done</h2>
      <Commands of={commands} />
      <Wide label="cells that are not done">
        <table>
          <Heads of={["cell", "state", "why", "commands to copy"]} words={["state", "why", "commands to copy"]} />
          <tbody>
            {open.slice(0, maxOpen).map(({ label, state, note, commands }) => (
              <tr key={label}>
                <th scope="row">
                  <Text text={label} max={80} />
                </th>
                <td class="words">
                  <Status status={state} />
                </td>
                <td class="words">
                  <Text text={note === "" ? "–" : note} max={300} />
                </td>
                <td class="words">
                  <Commands of={commands} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {open.length > maxOpen ? <p class="quiet">{open.length - maxOpen} further ones are left out.</p> : null}
    </>
  );
}

function axisIndex(sweep: Sweep, part: "row" | "column", otherwise: number): number {
  const found = sweep.axes.findIndex(({ key }) => key === place.value.query.get(part));
  return found < 0 ? Math.min(otherwise, Math.max(0, sweep.axes.length - 1)) : found;
}

function Content({ sweep }: { sweep: AnswerTo<"/api/sweep"> }) {
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
      {(["row", "column"] as const).map((part) => (
        <UnknownValues key={part} part={part} known={sweep.axes.map(({ key }) => key)} what="no axis of this sweep" />
      ))}
      <p>
        {Object.entries(sweep.counts).map(([state, count]) => (
          <span key={state} class="count">
            <Status status={state} /> <strong>{count}</strong>
          </span>
        ))}
      </p>
      {sweep.axes.length === 0 ? (
        <Notice>
          {sweep.cells.length === 0
            ? "This experiment has no training runs. A sweep is looked over with “npx sdtt plan” and run with “npx sdtt sweep”."
            : "All of its training runs have the same config but for seeds: there is nothing to lay out."}
        </Notice>
      ) : (
        <>
          <Grid sweep={sweep} row={row} column={column} />
          <ParallelBox sweep={sweep} />
          <Findings sweep={sweep} />
        </>
      )}
      <OpenCells sweep={sweep} />
    </>
  );
}

function SweepsPage() {
  const { query } = place.value;
  const parts = { experiment: query.get("experiment") ?? undefined, steps: query.get("steps") ?? undefined };
  const answer = useAnswer("/api/sweep", parts);
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

export const view: View = {
  title: "Sweeps",
  inMenu: 5,
  page: SweepsPage,
  known: ["experiment", "steps", "row", "column", "slice"],
};
