/**
 * @file Forecasts of what one run was measured by and another was not; shown where somebody asks for them, and never as figures.
 */
import { formatInterval, formatNumber } from "@sdtt/core/statistics";
import type { ForecastCell, RunForecasts } from "../../read/forecasts.js";
import { useAnswer } from "../api.js";
import { change, place } from "../place.js";
import { Asked, Heads, Notice, Text, UnknownValues, Wide } from "./basics.js";

function CellView({ cell }: { cell: ForecastCell | "measured" | null }) {
  if (cell === null) return <td>–</td>;
  if (cell === "measured") return <td class="quiet">measured</td>;
  const { value, low, high } = cell;
  return (
    <td>
      <span class="forecast">forecast {formatNumber(value)}</span>
      <small>{low === null || high === null ? "no interval" : formatInterval({ low, high })}</small>
    </td>
  );
}

function About({
  found: { cells, models, rank, heldOut, error, errorOfMeans, level, command },
}: {
  found: RunForecasts;
}) {
  const how = rank === 0 ? "row and column means" : `factors of rank ${rank}`;
  const worth =
    heldOut === 0
      ? "no cell could be held out, so nothing says what these are worth"
      : `on ${heldOut} cells that were held out they err by ${formatNumber(error)} spreads of a figure over models, row and column means by ${formatNumber(errorOfMeans)}`;
  return (
    <p class="quiet">
      Nothing here was measured, and nothing is compared with it: {how} of {cells} cells of {models} models; {worth}.
      Intervals hold a new cell {Math.round(100 * level)} times in 100 if it is like those that are there. The same in
      the terminal: <code>{command}</code>
    </p>
  );
}

function Table({ found }: { found: RunForecasts }) {
  if (found.rows.length === 0)
    return <Notice>No figure that one of these runs has and another lacks can be forecast.</Notice>;
  return (
    <>
      <Wide label="forecasts">
        <table>
          <Heads of={["figure", "steps", ...found.runs]} />
          <tbody>
            {found.rows.map(({ figure, steps, cells }) => (
              <tr key={`${figure} ${steps}`}>
                <th scope="row">
                  <Text text={figure} max={60} />
                </th>
                <td>{steps ?? "–"}</td>
                {cells.map((cell, i) => (
                  <CellView key={found.runs[i]} cell={cell} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      <About found={found} />
    </>
  );
}

const Making = () => (
  <p role="status" aria-busy="true">
    Forecasts are being made: factors are fitted forty times to all that the runs' experiment was measured by (all of
    the store where they are of several), in a process of their own. That takes seconds, up to a minute for a large
    store; all else on the page goes on.
  </p>
);

export function Forecasts({ runs }: { runs: readonly string[] }) {
  const isOn = place.value.query.get("forecasts") === "on";
  const answer = useAnswer("/api/forecasts", isOn ? { run: runs } : null);
  const isFirst = answer.data === undefined && answer.error === undefined;
  return (
    <section aria-label="what was not run">
      <h2>What was not run</h2>
      <UnknownValues part="forecasts" known={["on"]} what="no choice of forecasts" />
      <label>
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => change({ forecasts: event.currentTarget.checked ? "on" : undefined })}
        />
        forecasts of figures that one of these runs has and another has not
      </label>
      {isOn && isFirst ? <Making /> : null}
      {isOn && !isFirst ? <Asked answer={answer}>{(found) => <Table found={found} />}</Asked> : null}
    </section>
  );
}
