/**
 * @file Training curves of some runs: reduced on the server to a few hundred points each, with their last values as a table.
 */

import { formatNumber } from "@sdtt/core/statistics";
import { useCallback } from "preact/hooks";
import type { Theme } from "../../charts/drawing/theme.js";
import {
  type TrainAxis,
  type TrainLine,
  type TrainLook,
  type TrainQuantity,
  trainAxes,
  trainChart,
  trainTitles,
  trainUnit,
} from "../../charts/drawing/trainChart.js";
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

function Drawn({ lines, look, query }: { lines: readonly TrainLine[]; look: TrainLook; query: string }) {
  const { quantity, along = "updates", smooth, from, to } = look;
  const make = useCallback(
    (colors: Theme) => trainChart(lines, { quantity, along, smooth, from, to }, colors),
    [lines, quantity, along, smooth, from, to],
  );
  const onRange = useCallback(
    (first: number, last: number) => {
      const unit = trainUnit(lines, { quantity, along });
      change({ from: rounded(first * unit), to: rounded(last * unit) });
    },
    [lines, quantity, along],
  );
  if (lines.every(({ points }) => points.length === 0)) return <Notice>None of these runs has training points.</Notice>;
  const label = `${trainTitles[quantity]} against ${trainAxes[along]}; the table below holds the numbers`;
  return (
    <>
      <ChartBox make={make} label={label} file="train" query={query} onRange={onRange} isLow />
      <LastValues lines={lines} quantity={quantity} />
    </>
  );
}

const smoothings = [
  ["0", "none"],
  ["0.6", "some (0.6)"],
  ["0.9", "much (0.9)"],
  ["0.97", "very much (0.97)"],
] as const;

/** Parts of the address that training curves know. */
export const trainParts = ["quantity", "along", "smooth", "from", "to"] as const;

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

/** An end of the part that is shown; what is no number is as if it were not there, and is told. */
function endOf(name: "from" | "to"): { value: number | undefined; isKnown: boolean } {
  const given = place.value.query.get(name);
  const value = given === null ? Number.NaN : Number(given);
  const isKnown = given === null || (given !== "" && Number.isFinite(value) && value >= 0);
  return { value: given !== null && isKnown ? value : undefined, isKnown };
}

const units: Readonly<Record<TrainAxis, string>> = { updates: "updates", tokens: "tokens", time: "seconds" };

/** The part that is shown as numbers, for who has no pointer. */
function Part({ along, from, to }: { along: TrainAxis; from: number | undefined; to: number | undefined }) {
  const ends = [
    ["from", from],
    ["to", to],
  ] as const;
  return (
    <>
      {ends.map(([name, value]) => (
        <label key={name}>
          {name}{" "}
          <input
            type="number"
            min={0}
            step="any"
            size={8}
            value={value ?? ""}
            onChange={(event) => change({ [name]: event.currentTarget.value || undefined })}
          />
        </label>
      ))}
      <span class="quiet">{units[along]}, or draw over the chart</span>
      <button
        type="button"
        disabled={from === undefined && to === undefined}
        onClick={() => change({ from: undefined, to: undefined })}
      >
        All of it
      </button>
    </>
  );
}

/** A part that is none of the choices is as if it were not there, and is told. */
function partOf<T extends string>(name: (typeof trainParts)[number], choices: Readonly<Record<T, string>>, usual: T) {
  const given = place.value.query.get(name) ?? usual;
  const isKnown = Object.hasOwn(choices, given);
  return { value: (isKnown ? given : usual) as T, isKnown };
}

export function TrainCurves({ runs }: { runs: readonly string[] }) {
  const quantity = partOf("quantity", trainTitles, "loss");
  const along = partOf("along", trainAxes, "updates");
  const smooth = partOf<string>("smooth", Object.fromEntries(smoothings), "0");
  const [from, to] = [endOf("from"), endOf("to")];
  const isPart = from.value !== undefined || to.value !== undefined;
  const answer = useAnswer("/api/train", { run: runs, ...(isPart && { detail: "10" }) });
  const query = new URLSearchParams(runs.map((id) => ["run", id]));
  const look = { quantity: quantity.value, along: along.value, smooth: Number(smooth.value) };
  for (const [name, value] of Object.entries({ ...look, from: from.value, to: to.value }))
    if (value !== undefined) query.set(name, String(value));
  const choose = (name: string, usual: string) => (next: string) =>
    change({ [name]: next === usual ? undefined : next });
  return (
    <>
      <form class="bar" onSubmit={(event) => event.preventDefault()}>
        <Select
          label="Training"
          value={quantity.value}
          choices={Object.entries(trainTitles)}
          onChoose={choose("quantity", "loss")}
        />
        <Select
          label="Along"
          value={along.value}
          choices={Object.entries(trainAxes)}
          onChoose={(next) => change({ along: next === "updates" ? undefined : next, from: undefined, to: undefined })}
        />
        <Select label="Smoothing" value={smooth.value} choices={smoothings} onChoose={choose("smooth", "0")} />
        <Part along={along.value} from={from.value} to={to.value} />
      </form>
      {[quantity, along, smooth, from, to].every(({ isKnown }) => isKnown) ? null : (
        <Notice>
          The address asks for a quantity that is not kept, or for an axis, a smoothing or a part that there is not.
        </Notice>
      )}
      <Asked answer={answer}>
        {(lines) => <Drawn lines={lines} look={{ ...look, from: from.value, to: to.value }} query={query.toString()} />}
      </Asked>
    </>
  );
}
