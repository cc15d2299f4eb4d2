/**
 * @file Runs side by side: what differs in their configs, differences over pairs, and samples of the same seed.
 */

import { formatInterval, formatNumber } from "@sdtt/core/statistics";
import type { Against, Comparison, Difference } from "../../read/compare.js";
import { useAnswer } from "../api.js";
import { Asked, Heads, Notice, Text, Wide } from "../parts/basics.js";
import { Forecasts } from "../parts/forecasts.js";
import { SampleView } from "../parts/sample.js";
import { Select } from "../parts/select.js";
import { TrainCurves, trainingStages, trainParts } from "../parts/trainCurves.js";
import { address, change, place } from "../place.js";
import type { View } from "../view.js";

interface HeadsProps {
  readonly comparison: Comparison;
  readonly first: readonly string[];
  /** Whether what stands beneath is text. */
  readonly isText?: boolean;
}

function RunHeads({ comparison: { runs }, first, isText = false }: HeadsProps) {
  return (
    <Heads of={first}>
      {runs.map(({ id }) => (
        <th scope="col" key={id} class={isText ? "words" : undefined}>
          <a href={address("/run", { id })}>
            <Text text={id} max={40} />
          </a>
        </th>
      ))}
    </Heads>
  );
}

function Differing({ comparison }: { comparison: Comparison }) {
  return (
    <Wide label="config keys that differ">
      <table>
        <caption>{comparison.same} keys are the same in all and left out</caption>
        <RunHeads comparison={comparison} first={["key"]} isText />
        <tbody>
          {comparison.differing.map(({ key, values }) => (
            <tr key={key}>
              <th scope="row">
                <Text text={key} max={40} />
              </th>
              {values.map((value, i) => (
                <td key={comparison.runs[i]?.id} class="words">
                  <Text text={JSON.stringify(value)} max={120} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function AgainstView({ estimate, kind }: { estimate: Against | null | undefined; kind: Difference["kind"] }) {
  if (!estimate) return <small>no pairs</small>;
  const sign = kind === "ratio" ? "×" : estimate.mean >= 0 ? "+" : "";
  const text = kind === "ratio" ? `${sign} ${formatNumber(estimate.mean)}` : `${sign}${formatNumber(estimate.mean)}`;
  const over = estimate.over === "seeds" ? "" : `, over ${estimate.over}`;
  return (
    <small class={estimate.isTold ? "told" : ""}>
      {text} {formatInterval(estimate)} {estimate.n === 1 ? "1 pair" : `${estimate.n} pairs`}
      {over}
    </small>
  );
}

function Differences({ comparison }: { comparison: Comparison }) {
  if (comparison.differences.length === 0) return <Notice>None of these runs has been evaluated.</Notice>;
  return (
    <Wide label="paired differences">
      <table>
        <caption>
          Means; beneath, against the first run over pairs of the same sampling seed: a ratio for perplexities, else a
          difference, with its 95 % interval; bold where all that is shown together leaves no doubt of a difference
          (Holm). What a temperature lowers as well, or should be near text's own, is never bold
        </caption>
        <RunHeads comparison={comparison} first={["measure", "steps"]} />
        <tbody>
          {comparison.differences.map(({ measure, steps, temperature, means, against, kind }) => (
            <tr key={`${measure} ${steps} ${temperature}`}>
              <th scope="row">
                {measure}
                {temperature === 1 ? "" : `, τ ${temperature}`}
              </th>
              <td>{steps ?? "–"}</td>
              {means.map((mean, i) => (
                <td key={comparison.runs[i]?.id}>
                  {mean ? formatNumber(mean.mean) : "–"}
                  {i === 0 ? null : <AgainstView estimate={against[i - 1]} kind={kind} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Column({ title, id }: { title: string; id: string | null }) {
  const answer = useAnswer("/api/samples", id === null ? null : { key: id, limit: "4" });
  return (
    <section>
      <h3>
        <Text text={title} max={60} />
      </h3>
      {id === null ? (
        <Notice>This run has no such evaluation.</Notice>
      ) : (
        <Asked answer={answer}>
          {({ samples, evaluation }) =>
            samples.length === 0 ? (
              <Notice>It kept no samples.</Notice>
            ) : (
              samples.map((sample) => <SampleView key={sample.index} sample={sample} steps={evaluation.steps} />)
            )
          }
        </Asked>
      )}
    </section>
  );
}

function SideBySide({ comparison: { runs, samples } }: { comparison: Comparison }) {
  const given = place.value.query.get("sample");
  const chosen = samples.find(({ label }) => label === given) ?? samples[0];
  if (chosen === undefined) return <Notice>None of these runs kept samples.</Notice>;
  return (
    <>
      {given !== null && chosen.label !== given ? (
        <Notice>The address asks for samples that none of these runs has; these are others.</Notice>
      ) : null}
      <Select
        label="Samples at"
        value={chosen.label}
        choices={samples.map(({ label }) => [label, label] as const)}
        onChoose={(sample) => change({ sample })}
      />
      <div class="columns">
        {runs.map(({ id }, i) => (
          <Column key={id} title={id} id={chosen.keys[i] ?? null} />
        ))}
      </div>
    </>
  );
}

function Content({ comparison }: { comparison: Comparison }) {
  const training = comparison.runs.filter(({ stage }) => trainingStages.includes(stage));
  return (
    <>
      <h2>What differs in their configs</h2>
      <Differing comparison={comparison} />
      <h2>Paired differences</h2>
      <Differences comparison={comparison} />
      {comparison.runs.length < 2 ? null : <Forecasts runs={comparison.runs.map(({ id }) => id)} />}
      {training.length === 0 ? null : (
        <>
          <h2>Training</h2>
          <TrainCurves runs={training.map(({ id }) => id)} />
        </>
      )}
      <h2>Samples of the same seed</h2>
      <SideBySide comparison={comparison} />
    </>
  );
}

function ComparePage() {
  const runs = place.value.query.getAll("run");
  const answer = useAnswer("/api/compare", runs.length === 0 ? null : { run: runs });
  return (
    <>
      <h1>Compare</h1>
      {runs.length === 0 ? (
        <Notice>
          No runs are chosen. <a href="/runs">Choose two or more among the runs</a>, then “Compare them”.
        </Notice>
      ) : (
        <Asked answer={answer}>{(comparison) => <Content comparison={comparison} />}</Asked>
      )}
    </>
  );
}

export const view: View = {
  title: "Compare",
  inMenu: 3,
  page: ComparePage,
  known: ["run", "sample", "forecasts", ...trainParts],
};
