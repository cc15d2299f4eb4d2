/**
 * @file Samplers side by side: what each gains at equal cost and entropy, against what a sample of it costs.
 */
import { familyNote, formatInterval, formatNumber } from "@sdtt/core/statistics";
import { useCallback } from "preact/hooks";
import type { SamplerPoint, Samplers } from "../../charts/data/samplers.js";
import { type Cost, costTitles, samplersChart } from "../../charts/drawing/samplersChart.js";
import type { Theme } from "../../charts/drawing/theme.js";
import { useAnswer } from "../api.js";
import { Asked, Heads, Notice, Text, UnknownValues, Wide } from "../parts/basics.js";
import { ChartBox } from "../parts/chart.js";
import { Opened, openSamples } from "../parts/samples.js";
import { ExperimentSelect, Select } from "../parts/select.js";
import { address, change, place } from "../place.js";
import type { View } from "../view.js";

const costs = Object.entries(costTitles) as [Cost, string][];

function GainCell({ gain, verdict }: SamplerPoint) {
  if (gain === null) return <td>outside</td>;
  return (
    <td class={verdict === "better" ? "good" : ""}>
      {formatNumber(gain.mean)}{" "}
      <small>
        {formatInterval(gain)} n = {gain.n} {verdict}
      </small>
    </td>
  );
}

function Row({ label, point }: { label: string; point: SamplerPoint }) {
  const { steps, nfe, passes, ms, value, entropy, keys } = point;
  const title = `${label} at ${steps} steps`;
  return (
    <tr>
      <th scope="row">
        <Text text={label} max={60} />
      </th>
      <td>{steps}</td>
      <GainCell {...point} />
      <td>
        <button type="button" class="number" title={`Samples of ${title}`} onClick={() => openSamples(title, keys)}>
          {formatNumber(value.mean)}
        </button>
        <small>{formatInterval(value)}</small>
      </td>
      <td>{formatNumber(entropy?.mean ?? null)}</td>
      <td>{formatNumber(nfe)}</td>
      <td>{formatNumber(passes)}</td>
      <td>{formatNumber(ms)}</td>
    </tr>
  );
}

const heads = ["line", "steps", "gain", "gen-PPL", "entropy", "NFE", "evaluations of all networks", "ms a sample"];

function Table({ found }: { found: Samplers }) {
  return (
    <Wide label="samplers">
      <table class="board">
        <caption>
          Gain: gen-PPL of the teacher’s ancestral steps of as many network evaluations (what a second network reads
          counts too), at the temperature that gives the same entropy, over the line’s;{" "}
          {familyNote(found.family, "gains")}. “outside”: no ancestral steps of that cost or entropy were measured.
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
  const cost: Cost = asked === "time" ? "time" : "passes";
  const make = useCallback((colors: Theme) => samplersChart(found, cost, colors), [found, cost]);
  const { experiment, lines } = found;
  return (
    <>
      <form class="bar" onSubmit={(event) => event.preventDefault()}>
        <ExperimentSelect value={experiment} />
        <Select label="Along" value={cost} choices={costs} onChoose={(next) => change({ cost: next })} />
        <a href={address("/curve", { experiment })}>its curve</a>
      </form>
      <UnknownValues part="cost" known={costs.map(([name]) => name)} what="no cost of a sample" />
      {lines.length === 0 ? (
        <Notice>
          Nothing here was drawn by another sampler than ancestral steps:{" "}
          <code>npx sdtt report --only=samplers --samplers=spaced</code> draws and compares one.
        </Notice>
      ) : (
        <>
          <ChartBox
            make={make}
            label={`gain at equal evaluations and entropy against ${costTitles[cost]}; the table holds the numbers`}
            file="samplers"
            query={new URLSearchParams({ experiment, cost }).toString()}
            onOpen={openSamples}
          />
          <p class="quiet">
            Above 1 a sampler is worth what it costs. Times are of the machines that measured; evaluations are the same
            everywhere. Dashed lines are students. Click a point, or a number below, for its samples.
          </p>
          <Opened />
          <Table found={found} />
        </>
      )}
    </>
  );
}

function SamplersPage() {
  const answer = useAnswer("/api/samplers", { experiment: place.value.query.get("experiment") ?? undefined });
  return (
    <>
      <h1>Samplers</h1>
      <Asked answer={answer}>{(found) => <Content found={found} />}</Asked>
    </>
  );
}

export const view: View = { title: "Samplers", page: SamplersPage, known: ["experiment", "cost", "open", "title"] };
