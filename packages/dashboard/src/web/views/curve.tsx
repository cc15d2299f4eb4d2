/**
 * @file Quality against steps: the chart, the answer in words, the control at matched entropy, and the numbers.
 */
import { useCallback } from "preact/hooks";
import { curveTable, stepsOf } from "../../charts/data/table.js";
import { curveChart, xTitles } from "../../charts/drawing/curveChart.js";
import { frontierChart } from "../../charts/drawing/frontierChart.js";
import type { Theme } from "../../charts/drawing/theme.js";
import type { CurveView } from "../../read/curve.js";
import { useAnswer } from "../api.js";
import { Asked, Notice, Text, UnknownValues } from "../parts/basics.js";
import { ChartBox } from "../parts/chart.js";
import { Controls } from "../parts/controls.js";
import { CurveTableView } from "../parts/curveTable.js";
import { Gains, LevelsTable, Words } from "../parts/findings.js";
import { Opened, openSamples } from "../parts/samples.js";
import { address, place } from "../place.js";
import type { View } from "../view.js";

const asked = ["experiment", "measure", "temperatures", "x", "by", "rounds"] as const;

function Pictures({ curve, query, steps }: { curve: CurveView; query: string; steps: number }) {
  const isPlane = place.value.query.get("plane") === "entropy";
  const hasLevels = place.value.query.get("levels") !== "off";
  const make = useCallback(
    (colors: Theme) => {
      const shown = hasLevels ? curve : { ...curve, references: [] };
      return isPlane ? frontierChart(shown, colors) : curveChart(shown, colors, steps);
    },
    [curve, isPlane, steps, hasLevels],
  );
  const hasEntropy = curve.series.some(({ points }) => points.some(({ entropy }) => entropy !== null));
  if (isPlane && !hasEntropy) return <Notice>Evaluations by this measure have no entropy: choose another axis.</Notice>;
  const what = `${curve.measure?.definition ?? "the measure"}`;
  const label = isPlane
    ? `${what} against entropy; the tables below hold the numbers`
    : `${what} and entropy against ${xTitles[curve.x]}; the tables below hold the numbers`;
  return (
    <>
      <ChartBox
        make={make}
        label={label}
        file={isPlane ? "frontier" : "curve"}
        query={`${query}&steps=${steps}${hasLevels ? "" : "&levels=off"}`}
        onOpen={openSamples}
      />
      <p class="quiet">
        {isPlane
          ? "Down and to the right is better: along a teacher's line of temperatures is only sharpening. Filled points are on the Pareto frontier of quality, entropy and steps."
          : "Points are means over evaluations (one checkpoint and sampling seed each), bars 95 % intervals; a hollow marker is a single evaluation (n = 1), whose bar is over its samples."}{" "}
        Click a point, or a number below, for its samples.
      </p>
    </>
  );
}

function Tables({ curve }: { curve: CurveView }) {
  const hasEntropy = curve.series.some(({ points }) => points.some(({ entropy }) => entropy !== null));
  return (
    <>
      <h2>Numbers</h2>
      <CurveTableView
        table={curveTable(curve, "value")}
        caption={curve.measure?.definition ?? "value"}
        onOpen={openSamples}
      />
      {hasEntropy ? (
        <CurveTableView table={curveTable(curve, "entropy")} caption="sample entropy (nats)" onOpen={openSamples} />
      ) : null}
    </>
  );
}

/** The step count that the answer in words is about: the one asked for, or the fewest that are at least eight. */
function chosenSteps(curve: CurveView): number {
  const given = place.value.query.get("steps");
  const all = stepsOf(curve);
  return given === null ? (all.find((steps) => steps >= 8) ?? all[0] ?? 0) : Number(given);
}

function Content({ curve, query }: { curve: CurveView; query: string }) {
  const name = curve.experiment;
  const steps = chosenSteps(curve);
  return (
    <>
      {curve.question === "" ? null : (
        <p>
          <Text text={curve.question} max={1000} />
        </p>
      )}
      <Controls curve={curve} />
      <UnknownValues part="levels" known={["off"]} what="no choice of levels" />
      <UnknownValues part="plane" known={["entropy"]} what="none of the planes" />
      {stepsOf(curve).length === 0 ? (
        <Notice>
          No evaluation of this selection has a step count yet, so there is no curve. Other measures are at the end of
          the page.
        </Notice>
      ) : (
        <>
          {curve.apart.length === 0 ? null : (
            <Notice>
              Lines are apart by what their students differ in: {curve.apart.slice(0, 8).join(", ")}. Seeds of one line
              share all of it.
            </Notice>
          )}
          <Words curve={curve} steps={steps} />
          <Pictures curve={curve} query={query} steps={steps} />
          <Opened />
          <Gains curve={curve} onOpen={openSamples} />
          <Tables curve={curve} />
        </>
      )}
      <LevelsTable curve={curve} onOpen={openSamples} />
      <p>
        <a href={address("/meeting", { experiment: name })}>Notes and verdict</a> ·{" "}
        <a href={address("/runs", { filter: `experiment="${name.replaceAll('"', "")}"` })}>its runs</a> ·{" "}
        <a href={address("/sweeps", { experiment: name })}>as a grid</a> ·{" "}
        <a href={address("/samplers", { experiment: name })}>samplers side by side</a> ·{" "}
        <a href={address("/api/report.html", { experiment: name })} download>
          frozen report
        </a>
      </p>
    </>
  );
}

function CurvePage() {
  const given = place.value.query;
  const query = new URLSearchParams(asked.flatMap((key) => (given.has(key) ? [[key, given.get(key) ?? ""]] : [])));
  const answer = useAnswer("/api/curve", Object.fromEntries(query));
  return (
    <>
      <h1>
        Quality{answer.data ? ": " : ""}
        {answer.data ? <Text text={answer.data.experiment} max={60} /> : null}
      </h1>
      <Asked answer={answer}>{(curve) => <Content curve={curve} query={query.toString()} />}</Asked>
    </>
  );
}

export const view: View = {
  title: "Quality",
  inMenu: 1,
  page: CurvePage,
  known: [...asked, "steps", "plane", "levels", "open", "title"],
};
