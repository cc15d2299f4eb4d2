/**
 * @file What a sweep's cells say together: how much each axis matters, slices along one, and what to run next.
 */
import { formatInterval, formatNumber, type Importance } from "@sdtt/core/statistics";
import { useCallback } from "preact/hooks";
import type { SweepFindings } from "../../charts/data/sweepFindings.js";
import { plainValue, type Sweep } from "../../charts/data/sweepGrid.js";
import { sliceChart } from "../../charts/drawing/sliceChart.js";
import type { Theme } from "../../charts/drawing/theme.js";
import { address, change, place } from "../place.js";
import { Heads, Notice, Text, UnknownValues, Wide } from "./basics.js";
import { ChartBox } from "./chart.js";
import { Select } from "./select.js";

type Found = Sweep & { readonly findings: SweepFindings };

const percent = (share: number): number => 100 * share;

function shareText({ share: { mean, low, high } }: Importance): string {
  return `${formatNumber(percent(mean))} % ${formatInterval({ low: percent(low), high: percent(high) })}`;
}

const chanceText = (p: number): string => (p < 0.001 ? "< 0.001" : p.toFixed(3));

function Row({ name, of }: { name: string; of: Importance | null }) {
  return (
    <tr>
      <th scope="row">
        <Text text={name} max={40} />
      </th>
      {of === null ? (
        <td colSpan={3}>never varies by itself: not to be told</td>
      ) : (
        <>
          <td>{shareText(of)}</td>
          <td>{chanceText(of.p)}</td>
          <td class={of.p < 0.05 ? "good" : ""}>{of.p < 0.05 ? "matters" : "cannot tell"}</td>
        </>
      )}
    </tr>
  );
}

function Matters({ sweep: { axes, findings } }: { sweep: Found }) {
  const { importances: found, of } = findings;
  if (found === null) return null;
  const over =
    found.noiseOf === "seeds"
      ? `noise from seeds, ${found.degrees} degrees of freedom`
      : "one seed of each cell, so that what axes do together counts as noise";
  return (
    <Wide label="what matters">
      <table>
        <caption>
          How much each axis matters: of what one run’s {of} varies by, the share that the axis makes beside the noise,
          with a 95 % interval ({over}); chances by Holm for all rows. Shares of several axes do not add up to all.
        </caption>
        <Heads of={["axis", "share", "chance without it", "verdict"]} />
        <tbody>
          {axes.map(({ key }, i) => (
            <Row key={key} name={key} of={found.axes[i] ?? null} />
          ))}
          {found.noiseOf === "seeds" && axes.length > 1 ? (
            <Row name="axes only together" of={found.interactions} />
          ) : null}
        </tbody>
      </table>
    </Wide>
  );
}

/** What each value does, the other axes being equal. */
function Levels({ sweep: { axes, findings }, axis }: { sweep: Found; axis: number }) {
  const { importances: found, scale, of } = findings;
  const levels = found?.levels[axis] ?? [];
  if (levels.length === 0) return null;
  const back = (x: number) => (scale === "log" ? Math.exp(x) : x);
  const at = (value: string) => axes[axis]?.values.indexOf(value) ?? -1;
  const sorted = [...levels].sort((a, b) => at(a.value) - at(b.value));
  return (
    <Wide label="what each value does">
      <table>
        <caption>
          {of} at each value of {axes[axis]?.key}, the other axes being equal, {scale === "log" ? "by" : "above"} the
          mean of its values, with a 95 % interval each
        </caption>
        <Heads of={[axes[axis]?.key ?? "", scale === "log" ? "times" : "more", "figures"]} />
        <tbody>
          {sorted.map(({ value, effect }) => (
            <tr key={value}>
              <th scope="row">
                <Text text={plainValue(value)} max={30} />
              </th>
              <td>
                {formatNumber(back(effect.mean))} {formatInterval({ low: back(effect.low), high: back(effect.high) })}
              </td>
              <td>{effect.n}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Slices({ sweep }: { sweep: Found }) {
  const keys = sweep.axes.map(({ key }) => key);
  const asked = place.value.query.get("slice") ?? undefined;
  const key = asked !== undefined && keys.includes(asked) ? asked : keys[0];
  const make = useCallback((colors: Theme) => sliceChart(sweep, key, colors), [sweep, key]);
  const query = new URLSearchParams({ experiment: sweep.experiment, axis: key ?? "" });
  if (sweep.steps !== null) query.set("steps", String(sweep.steps));
  return (
    <>
      <h2>Slices</h2>
      <UnknownValues part="slice" known={keys} what="no axis of this sweep" />
      {keys.length < 2 ? null : (
        <form class="bar" onSubmit={(event) => event.preventDefault()}>
          <Select
            label="Along"
            value={key ?? ""}
            choices={keys.map((one) => [one, one] as const)}
            onChoose={(one) => change({ slice: one })}
          />
        </form>
      )}
      <ChartBox
        make={make}
        label={`the figure along ${key}, a line for cells that are the same otherwise; the grid holds the numbers`}
        file="slice"
        query={query.toString()}
      />
      <Levels sweep={sweep} axis={Math.max(0, keys.indexOf(key ?? ""))} />
    </>
  );
}

/** Of a cell each, those that are not judged first: what they have not been measured by may be forecast from the others. */
function forecastRuns({ cells }: Sweep): string[] {
  const order = [...cells].sort((a, b) => Number(a.value !== null) - Number(b.value !== null));
  return order.flatMap(({ runs }) => runs.slice(0, 1)).slice(0, 6);
}

function Next({ sweep }: { sweep: Found }) {
  const { next } = sweep.findings;
  const runs = forecastRuns(sweep);
  return (
    <>
      <h2>What to run next</h2>
      {next.length === 0 ? (
        <Notice>Nothing that these figures would ask for.</Notice>
      ) : (
        <ol>
          {next.map(({ what, why }) => (
            <li key={what}>
              <strong>
                <Text text={what} max={300} />
              </strong>
              : <Text text={why} max={600} />.
            </li>
          ))}
        </ol>
      )}
      {runs.length < 2 ? null : (
        <p>
          <a href={address("/compare", { run: runs, forecasts: "on" })}>Forecasts of what was not run</a>, for cells
          side by side
        </p>
      )}
    </>
  );
}

export function Findings({ sweep }: { sweep: Found }) {
  if (sweep.cells.every(({ value }) => value === null)) return null;
  return (
    <>
      <Next sweep={sweep} />
      <h2>What matters</h2>
      {sweep.findings.importances === null ? (
        <Notice>
          Too few figures to tell an axis from noise: each cell needs a second seed, or there must be more cells.
        </Notice>
      ) : (
        <Matters sweep={sweep} />
      )}
      <Slices sweep={sweep} />
    </>
  );
}
