/**
 * @file The week's answer as home and the meeting show it: the words, the curve beside them, a sample beside its teacher's.
 */
import { useCallback, useState } from "preact/hooks";
import type { WeekAnswer } from "../../charts/data/answer.js";
import type { Curve } from "../../charts/data/curve.js";
import { curveChart } from "../../charts/drawing/curveChart.js";
import type { Theme } from "../../charts/drawing/theme.js";
import { useAnswer } from "../api.js";
import { address } from "../place.js";
import { Asked, Notice, Text } from "./basics.js";
import { ChartBox } from "./chart.js";
import { canPlay, SampleView } from "./sample.js";

type Told = WeekAnswer & { readonly isNew: boolean };

export function Answer({ answer, since }: { answer: Told; since: string }) {
  const { experiment, head, lines, steps, isNew, family } = answer;
  const rest = lines.filter(({ sentence }) => sentence !== head);
  return (
    <section class="words-box" aria-label="the answer">
      <p class="head">
        {isNew ? `Since ${since.slice(0, 10)}: ` : "Nothing new was judged. Before: "}
        <strong>
          <Text text={head} max={600} />
        </strong>
      </p>
      {rest.map(({ label, trust, sentence }) => (
        <p key={label}>
          <span class={`trust ${trust === "told apart" ? "clear" : "overlapping"}`}>{trust}</span>{" "}
          <Text text={sentence} max={600} />
        </p>
      ))}
      <p class="quiet">
        <a href={address("/curve", { experiment, steps: String(steps) })}>
          <Text text={experiment} max={60} />
        </a>
        , newest round, at {steps} steps, which was fixed beforehand; {family}.
      </p>
    </section>
  );
}

export function AnswerCurve({ experiment }: { experiment: string }) {
  const answer = useAnswer("/api/curve", { experiment });
  return (
    <Asked answer={answer}>
      {(curve) => <CurveBox curve={curve} query={new URLSearchParams({ experiment }).toString()} />}
    </Asked>
  );
}

/** @param query of its files; left out: they would show other figures */
export function CurveBox({ curve, query }: { curve: Curve; query?: string }) {
  const make = useCallback((colors: Theme) => curveChart(curve, colors), [curve]);
  return (
    <ChartBox
      make={make}
      label="quality and entropy against steps; the quality view has the numbers"
      {...(query === undefined ? {} : { file: "curve", query })}
    />
  );
}

interface OneProps {
  readonly label: string;
  readonly answer: ReturnType<typeof useSample>;
  readonly start: number;
}

function OneSample({ label, answer, start }: OneProps) {
  return (
    <section>
      <h3>
        <Text text={label} max={60} />
      </h3>
      <Asked answer={answer}>
        {({ samples: [sample], evaluation }) =>
          sample ? (
            <SampleView sample={sample} steps={evaluation.steps} start={start} />
          ) : (
            <Notice>No sample of it was kept.</Notice>
          )
        }
      </Asked>
    </section>
  );
}

const useSample = (key: string | undefined) =>
  useAnswer("/api/samples", key === undefined ? null : { key, limit: "1" });

/** The student's beside its teacher's, of the same step count, played together where it is known when each token came. */
export function TwoSamples({
  answer: { lines, teacher, steps },
}: {
  answer: Pick<Told, "lines" | "teacher" | "steps">;
}) {
  const [start, setStart] = useState(0);
  const [student] = lines;
  const own = useSample(student?.keys[0]);
  const other = useSample(teacher?.keys[0]);
  const pair = [
    { of: student, answer: own },
    { of: teacher, answer: other },
  ].filter(({ of }) => of?.keys[0] !== undefined);
  const isPlayable = pair.length === 2 && pair.every(({ answer }) => canPlay(answer.data?.samples[0]));
  return (
    <>
      {isPlayable ? (
        <button type="button" onClick={() => setStart(start + 1)}>
          Watch both being written
        </button>
      ) : null}
      <div class="columns">
        {pair.map(({ of, answer }) => (
          <OneSample key={of?.label} label={`${of?.label}, ${steps} steps`} answer={answer} start={start} />
        ))}
      </div>
    </>
  );
}
