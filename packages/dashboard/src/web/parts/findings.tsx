/**
 * @file What the curve says: in words at a step count, at matched entropy, and by measures without a step count.
 */

import type { Estimate } from "../../charts/data/statistics.js";
import { summaryOf } from "../../charts/data/summary.js";
import { stepsOf } from "../../charts/data/table.js";
import { formatEstimate, formatInterval, formatNumber } from "../../charts/drawing/format.js";
import type { CurveView } from "../../read/curve.js";
import { change } from "../place.js";
import { Heads, Notice, Text, Wide } from "./basics.js";
import type { Open } from "./chart.js";
import { Select } from "./select.js";

const trustTitles = { clear: "told apart", overlapping: "not told apart", single: "one seed" };

/** Which line is best at a step count, and whether to believe it. */
export function Words({ curve, steps }: { curve: CurveView; steps: number }) {
  const summary = summaryOf(curve, curve.gains, steps);
  const choices = stepsOf(curve).map((count) => [String(count), String(count)] as const);
  return (
    <section class="words-box" aria-label="in words">
      {curve.isLevel ? null : (
        <Select
          label="Best at steps"
          value={String(steps)}
          choices={choices}
          onChoose={(next) => change({ steps: next })}
        />
      )}
      {summary === undefined ? (
        <Notice>Nothing was measured at {String(steps)} steps. Choose another step count.</Notice>
      ) : (
        <p aria-live="polite">
          <span class={`trust ${summary.trust}`}>{trustTitles[summary.trust]}</span>{" "}
          <strong>{summary.sentences[0]}</strong> {summary.sentences.slice(1).join(" ")}
        </p>
      )}
    </section>
  );
}

function Figure({
  value,
  title,
  keys,
  onOpen,
}: {
  value: Estimate;
  title: string;
  keys: readonly string[];
  onOpen: Open;
}) {
  return (
    <>
      <button type="button" class="number" title={`Samples of ${title}`} onClick={() => onOpen(title, keys)}>
        {formatNumber(value.mean)}
      </button>
      <small>
        {formatInterval(value)} n = {value.n}
      </small>
    </>
  );
}

/** The control: how many times better than a teacher sharpened to the same entropy. */
export function Gains({ curve: { gains }, onOpen }: { curve: CurveView; onOpen: Open }) {
  if (gains.length === 0) return null;
  const steps = [...new Set(gains.map((gain) => gain.steps))].sort((a, b) => a - b);
  const labels = [...new Set(gains.map(({ label }) => label))];
  const cell = (label: string, count: number) => {
    const found = gains.find((gain) => gain.label === label && gain.steps === count);
    if (found === undefined) return <td key={count}>–</td>;
    if (found.gain === null) return <td key={count}>outside</td>;
    const title = `${label} at ${count} steps`;
    const isBetter = found.gain.n > 1 && found.gain.low > 1;
    return (
      <td key={count} class={isBetter ? "good" : ""}>
        <Figure value={found.gain} title={title} keys={found.keys} onOpen={onOpen} />
      </td>
    );
  };
  return (
    <section>
      <h2>At matched entropy</h2>
      <Wide label="gains at matched entropy">
        <table>
          <caption>
            The teacher's value at the student's entropy, divided by the student's: above 1 the student is better than a
            teacher sharpened by temperature (“outside”: no temperature of the teacher reaches that entropy)
          </caption>
          <Heads of={["steps", ...steps]} />
          <tbody>
            {labels.map((label) => (
              <tr key={label}>
                <th scope="row">
                  <Text text={label} max={60} />
                </th>
                {steps.map((count) => cell(label, count))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </section>
  );
}

export function LevelsTable({ curve: { levels }, onOpen }: { curve: CurveView; onOpen: Open }) {
  if (levels.measures.length === 0) return null;
  return (
    <section>
      <h2>Measures without a step count</h2>
      <Wide label="measures without a step count">
        <table>
          <Heads of={["line", ...levels.measures.map(({ definition }) => definition)]} />
          <tbody>
            {levels.rows.map(({ label, cells }) => (
              <tr key={label}>
                <th scope="row">
                  <Text text={label} max={60} />
                </th>
                {cells.map((cell, i) => (
                  <td key={levels.measures[i]?.id} title={cell ? formatEstimate(cell.value) : ""}>
                    {cell ? <Figure value={cell.value} title={label} keys={cell.keys} onOpen={onOpen} /> : "–"}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </section>
  );
}
