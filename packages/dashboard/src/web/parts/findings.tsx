/**
 * @file What the curve says: in words at a step count, at matched entropy, and by measures without a step count.
 */

import { type Estimate, familyNote, formatEstimate, formatInterval, formatNumber } from "@sdtt/core/statistics";
import type { JSX } from "preact";
import type { Gain } from "../../charts/data/matched.js";
import { summaryOf } from "../../charts/data/summary.js";
import { stepsOf } from "../../charts/data/table.js";
import { gainCaption, neededCaption, neededText, noGainText } from "../../charts/data/words.js";
import type { CurveView } from "../../read/curve.js";
import { change } from "../place.js";
import { Heads, Notice, Text, Wide } from "./basics.js";
import type { Open } from "./chart.js";
import { Select } from "./select.js";

const trustTitles = { clear: "told apart", overlapping: "not told apart", single: "one seed", none: "not compared" };

/** Which line is ahead at a step count, and whether to believe it. */
export function Words({ curve, steps }: { curve: CurveView; steps: number }) {
  const summary = summaryOf(curve, steps);
  const choices = stepsOf(curve).map((count) => [String(count), String(count)] as const);
  return (
    <section class="words-box" aria-label="in words">
      {curve.isLevel ? null : (
        <Select label="At steps" value={String(steps)} choices={choices} onChoose={(next) => change({ steps: next })} />
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

/** A row a student, a column a step count. */
function GainTable({ curve, caption, cell }: { curve: CurveView; caption: string; cell: (gain: Gain) => JSX.Element }) {
  const { gains } = curve.matched;
  const steps = [...new Set(gains.map((gain) => gain.steps))].sort((a, b) => a - b);
  const labels = [...new Set(gains.map(({ label }) => label))];
  return (
    <Wide label={caption.split(":")[0] ?? caption}>
      <table>
        <caption>{caption}</caption>
        <Heads of={["steps", ...steps]} />
        <tbody>
          {labels.map((label) => (
            <tr key={label}>
              <th scope="row">
                <Text text={label} max={60} />
              </th>
              {steps.map((count) => {
                const found = gains.find((gain) => gain.label === label && gain.steps === count);
                return found ? cell(found) : <td key={count}>–</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function GainCell({ gain, onOpen }: { gain: Gain; onOpen: Open }) {
  if (gain.gain === null) return <td>{gain.none ? noGainText(gain.none) : "–"}</td>;
  const title = `${gain.label} at ${gain.steps} steps`;
  return (
    <td class={gain.verdict === "better" ? "good" : ""}>
      <Figure value={gain.gain} title={title} keys={gain.keys} onOpen={onOpen} /> <small>{gain.verdict}</small>
    </td>
  );
}

/** The comparison that counts, and the headline: teacher steps for the same text. */
export function Gains({ curve, onOpen }: { curve: CurveView; onOpen: Open }) {
  const { gains, family } = curve.matched;
  if (gains.length === 0) return null;
  const isBare = gains.every(({ none }) => none?.why === "no control");
  return (
    <section>
      <h2>At matched entropy</h2>
      {isBare ? (
        <Notice>
          No teacher was drawn at several temperatures, so nothing can be compared at equal entropy:{" "}
          <code>eval:frontier</code> draws them.
        </Notice>
      ) : null}
      <GainTable
        curve={curve}
        caption={`${neededCaption}.`}
        cell={(gain) => <td key={gain.steps}>{neededText(gain)}</td>}
      />
      <GainTable
        curve={curve}
        caption={`${gainCaption}; ${familyNote(family, "gains")}. “outside”: no temperature of the teacher reaches that entropy.`}
        cell={(gain) => <GainCell key={gain.steps} gain={gain} onOpen={onOpen} />}
      />
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
