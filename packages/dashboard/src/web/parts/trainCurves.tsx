/**
 * @file Training curves of some runs: reduced on the server to a few hundred points each, with their last values as a table.
 */

import { formatNumber } from "@sdtt/core/statistics";
import { useCallback } from "preact/hooks";
import type { Theme } from "../../charts/drawing/theme.js";
import { type TrainLine, type TrainQuantity, trainChart, trainTitles } from "../../charts/drawing/trainChart.js";
import { useAnswer } from "../api.js";
import { change, place } from "../place.js";
import { Asked, Heads, Notice, Text, Wide } from "./basics.js";
import { ChartBox } from "./chart.js";
import { Select } from "./select.js";

/** Stages that leave training points. */
export const trainingStages: readonly string[] = ["round", "pretrain", "external"];

function LastValues({ lines, quantity }: { lines: readonly TrainLine[]; quantity: TrainQuantity }) {
  return (
    <Wide label="training in numbers">
      <table>
        <caption>{trainTitles[quantity]}: first, lowest, last</caption>
        <Heads of={["run", "first", "lowest", "last", "updates", "tokens", "without a finite loss"]} />
        <tbody>
          {lines.map(({ runId, points }) => {
            const values = points.flatMap((point) => (point[quantity] === null ? [] : [point[quantity] as number]));
            const last = points.at(-1);
            return (
              <tr key={runId}>
                <th scope="row">
                  <Text text={runId} max={60} />
                </th>
                <td>{formatNumber(values[0] ?? null)}</td>
                <td>{formatNumber(values.length === 0 ? null : Math.min(...values))}</td>
                <td>{formatNumber(values.at(-1) ?? null)}</td>
                <td>{last?.update ?? "–"}</td>
                <td>{last?.tokens ?? "–"}</td>
                <td>{points.reduce((sum, { broken }) => sum + broken, 0)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Wide>
  );
}

function Drawn({ lines, quantity, query }: { lines: readonly TrainLine[]; quantity: TrainQuantity; query: string }) {
  const make = useCallback((colors: Theme) => trainChart(lines, quantity, colors), [lines, quantity]);
  if (lines.every(({ points }) => points.length === 0)) return <Notice>None of these runs has training points.</Notice>;
  const label = `${trainTitles[quantity]} against updates; the table below holds the numbers`;
  return (
    <>
      <ChartBox make={make} label={label} file="train" query={query} isLow />
      <LastValues lines={lines} quantity={quantity} />
    </>
  );
}

export function TrainCurves({ runs }: { runs: readonly string[] }) {
  const given = place.value.query.get("quantity") ?? "loss";
  const quantity = (Object.hasOwn(trainTitles, given) ? given : "loss") as TrainQuantity;
  const answer = useAnswer("/api/train", { run: runs });
  const query = new URLSearchParams(runs.map((id) => ["run", id]));
  if (quantity !== "loss") query.set("quantity", quantity);
  return (
    <>
      <Select
        label="Training"
        value={quantity}
        choices={Object.entries(trainTitles)}
        onChoose={(next) => change({ quantity: next === "loss" ? undefined : next })}
      />
      {given === quantity ? null : <Notice>The address asks for a quantity that is not kept; this is the loss.</Notice>}
      <Asked answer={answer}>{(lines) => <Drawn lines={lines} quantity={quantity} query={query.toString()} />}</Asked>
    </>
  );
}
