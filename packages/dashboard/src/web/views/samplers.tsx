/**
 * @file Samplers side by side: what each gains at equal cost and entropy, against what a sample of it costs.
 */
import { familyNote, formatInterval, formatNumber } from "@sdtt/core/statistics";
import { useCallback } from "preact/hooks";
import { type Cost, costs, type Priced, type SamplerPoint, type Samplers } from "../../charts/data/samplers.js";
import { costTitles, gainTitles, samplersChart } from "../../charts/drawing/samplersChart.js";
import type { Theme } from "../../charts/drawing/theme.js";
import { useAnswer } from "../api.js";
import { Asked, Heads, Notice, Text, UnknownValues, Wide } from "../parts/basics.js";
import { ChartBox } from "../parts/chart.js";
import { Opened, openSamples } from "../parts/samples.js";
import { ExperimentSelect, OtherTemperatures, Select } from "../parts/select.js";
import { address, change, place } from "../place.js";
import type { View } from "../view.js";

const choices = Object.entries(costTitles) as [Cost, string][];

function GainCell({ cost, gain, verdict, most }: Priced) {
  if (gain === null) return <td>{cost === null ? "–" : "outside"}</td>;
  return (
    <td class={verdict === "better" ? "good" : ""}>
      {formatNumber(gain.mean)}{" "}
      <small>
        {formatInterval(gain)} n = {gain.n} {verdict}
        {most !== null && `, over ${most} steps`}
      </small>
    </td>
  );
}

function Row({ label, point }: { label: string; point: SamplerPoint }) {
  const { steps, nfe, ms, value, entropy, distance, by, keys } = point;
  const title = `${label} at ${steps} steps`;
  return (
    <tr>
      <th scope="row">
        <Text text={label} max={60} />
      </th>
      <td>{steps}</td>
      <GainCell {...by.steps} />
      <GainCell {...by.passes} />
      <GainCell {...by.time} />
      <td>
        <button type="button" class="number" title={`Samples of ${title}`} onClick={() => openSamples(title, keys)}>
          {formatNumber(value.mean)}
        </button>
        <small>{formatInterval(value)}</small>
      </td>
      <td>{formatNumber(entropy?.mean ?? null)}</td>
      <td>{formatNumber(distance === null ? null : 1000 * distance)}</td>
      <td>{formatNumber(nfe)}</td>
      <td>{formatNumber(by.passes.cost)}</td>
      <td>{formatNumber(by.time.cost)}</td>
      <td>{formatNumber(ms)}</td>
    </tr>
  );
}

const heads = [
  ...[
    "line",
    "steps",
    "gain at equal steps",
    "at equal evaluations",
    "at equal time",
    "gen-PPL",
    "entropy",
    "distance × 1000",
    "NFE",
  ],
  ...["evaluations of all networks", "time, in ancestral steps", "ms a sample"],
];

function Table({ found }: { found: Samplers }) {
  return (
    <Wide label="samplers">
      <table class="board">
        <caption>
          Gain: gen-PPL of the teacher’s ancestral steps of the same cost, at the temperature that gives the same
          entropy, over the line’s; {familyNote(found.family.passes, "gains")}, those of steps and times apart.
          Evaluations are of all networks; time is the processor’s, in units of one ancestral step (
          <code>npx sdtt sampler-times</code>). “over N steps”: it costs more than these, the most that were measured at
          its entropy. “outside”: no ancestral steps of that cost or entropy were measured. Equal entropy does not see
          all that a sampler may bend: distance is how far its tokens lie from the training text’s (
          <code>energy-distance-1</code>).
        </caption>
        <Heads of={heads} />
        <tbody>
          {found.lines.flatMap(({ label, points }) =>
            points.map((point) => <Row key={`${label} ${point.steps}`} label={label} point={point} />),
          )}
        </tbody>
      </table>
    </Wide>
  );
}

function Content({ found }: { found: Samplers }) {
  const asked = place.value.query.get("cost");
  const cost = costs.find((one) => one === asked) ?? "passes";
  const make = useCallback((colors: Theme) => samplersChart(found, cost, colors), [found, cost]);
  const { experiment, lines } = found;
  const temperatures = place.value.query.get("temperatures") ?? "own";
  return (
    <>
      <form class="bar" onSubmit={(event) => event.preventDefault()}>
        <ExperimentSelect value={experiment} />
        <Select label="Along" value={cost} choices={choices} onChoose={(next) => change({ cost: next })} />
        {found.hasHidden ? <OtherTemperatures /> : null}
        <a href={address("/curve", { experiment })}>its curve</a>
      </form>
      <UnknownValues part="cost" known={choices.map(([name]) => name)} what="no cost of a sample" />
      {lines.length === 0 ? (
        <Notice>
          Nothing here was drawn by another sampler than ancestral steps:{" "}
          <code>npx sdtt report --only=samplers --samplers=spaced</code> draws and compares one.
        </Notice>
      ) : (
        <>
          <ChartBox
            make={make}
            label={`${gainTitles[cost]} against ${costTitles[cost]}; the table holds the numbers`}
            file="samplers"
            query={new URLSearchParams({ experiment, cost, temperatures }).toString()}
            onOpen={openSamples}
          />
          <p class="quiet">
            Above 1 a sampler is worth what it costs. Hollow points cost more than the most ancestral steps that were
            measured, and are held against those. Dashed lines are students. Click a point, or a number below, for its
            samples.
          </p>
          <Opened />
          <Table found={found} />
        </>
      )}
    </>
  );
}

function SamplersPage() {
  const { query } = place.value;
  const part = (name: string) => query.get(name) ?? undefined;
  const answer = useAnswer("/api/samplers", { experiment: part("experiment"), temperatures: part("temperatures") });
  return (
    <>
      <h1>Samplers</h1>
      <Asked answer={answer}>{(found) => <Content found={found} />}</Asked>
    </>
  );
}

export const view: View = {
  title: "Samplers",
  page: SamplersPage,
  known: ["experiment", "cost", "temperatures", "open", "title"],
};
