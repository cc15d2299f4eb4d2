import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@sdtt/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { curveTable, markdownTable } from "../charts/data/table.js";
import { curveChart } from "../charts/drawing/curveChart.js";
import { themes } from "../charts/drawing/theme.js";
import { plotCurve } from "../report/plot.js";
import { seedStore } from "../seed.fixture.js";
import { curveFrom } from "./curve.js";

let folder: string;
let store: Store;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-dashboard-"));
  store = seedStore(join(folder, "sdtt.sqlite"));
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const datasets = (selection: Parameters<typeof curveFrom>[1]) =>
  curveChart(curveFrom(store, selection), themes.light).data.datasets;

describe("the curve of an experiment", () => {
  it("has one line per round over three seeds, the teacher first, and references without steps", () => {
    const curve = curveFrom(store, {});
    expect(curve.experiment).toBe("demo");
    expect(curve.series.map(({ label }) => label)).toEqual(["teacher", "round 1", "round 2"]);
    for (const { points } of curve.series) {
      expect(points.map(({ steps }) => steps)).toEqual([4, 8, 16, 32, 64, 128]);
      for (const point of points) expect(point).toMatchObject({ value: { n: 3 }, entropy: { n: 3 }, samples: 768 });
    }
    expect(curve.references).toMatchObject([{ label: "real text", value: { mean: 30, n: 1 } }]);
  });

  it("hides other temperatures until they are asked for", () => {
    expect(curveFrom(store, {}).hasHidden).toBe(true);
    const labels = curveFrom(store, { allTemperatures: true }).series.map(({ label }) => label);
    expect(labels).toEqual(["teacher", "teacher, τ 0.9", "round 1", "round 2"]);
  });

  it("counts a checkpoint and seed once, by its evaluation of most samples", () => {
    const [quick] = store.evaluations({ experiment: "demo", round: 1, steps: 4 });
    if (quick === undefined) throw new Error("the fixture has no such evaluation");
    store.saveEvaluation({ ...quick, n: 8, value: 1e6 });
    const point = curveFrom(store, {}).series[1]?.points[0];
    expect(point?.value.n).toBe(3);
    expect(point?.value.high).toBeLessThan(1e3);
  });

  it("refuses an unknown experiment or measure and names the known ones", () => {
    expect(() => curveFrom(store, { experiment: "dem" })).toThrow(
      "dashboard: the experiment must be in the store, got dem. Give one of: demo, odd, empty.",
    );
    expect(() => curveFrom(store, { measure: "x" })).toThrow(/got x\. Give one of: gen-ppl@1 judge-hash-l\./);
  });

  it("of an experiment without evaluations is empty, and still a chart", () => {
    expect(curveFrom(store, { experiment: "empty" })).toMatchObject({ measure: null, series: [] });
    expect(datasets({ experiment: "empty" })).toEqual([]);
  });
});

describe("the chart", () => {
  it("draws the same numbers as the table has", () => {
    const curve = curveFrom(store, {});
    const drawn = datasets({})[1]?.data.map((datum) => (typeof datum === "object" && datum ? datum.title : ""));
    const rows = curveTable(curve, "value").rows;
    expect(rows[0]).toMatchObject({ label: "NFE", cells: [{ text: "4.00" }, { text: "8.00" }, {}, {}, {}, {}] });
    const listed = rows[2]?.cells.map((cell) => cell?.text);
    expect(drawn?.map((title) => /: (\S+)/.exec(title)?.[1])).toEqual(listed);
  });

  it("has its references in the table, the same at every step count", () => {
    const row = curveTable(curveFrom(store, {}), "value").rows.at(-1);
    expect(row?.label).toBe("real text (no steps)");
    expect(row?.cells.map((cell) => cell?.text)).toEqual(Array(6).fill("30.0"));
  });

  it("leaves out what is not finite, which the table keeps", () => {
    expect(datasets({ experiment: "odd" }).map(({ data }) => data.length)).toEqual([1]);
    const [row] = curveTable(curveFrom(store, { experiment: "odd" }), "value").rows;
    expect(row?.cells.map((cell) => cell?.text)).toEqual(["NaN", "∞", "77.0"]);
  });

  it("marks a point without an interval as hollow, and draws it no bar", () => {
    const [odd] = datasets({ experiment: "odd" });
    expect(odd).toMatchObject({ backgroundColor: ["#ffffff"], data: [{ y: 77, yMin: null, yMax: null }] });
  });

  it("has a line of entropy for each line above", () => {
    const labels = datasets({}).map((dataset) => `${dataset.label} ${"yAxisID" in dataset ? dataset.yAxisID : ""}`);
    const rounds = ["teacher", "round 1", "round 2"];
    expect(labels).toEqual([...rounds.map((name) => `${name} y`), ...rounds.map((name) => `${name} entropy`)]);
  });

  it("writes each reference at its level, inside the axis, and marks the best line where it was asked", () => {
    const { options } = curveChart(curveFrom(store, {}), themes.light, 8);
    expect(options?.plugins?.annotation).toMatchObject({
      annotations: [
        { scaleID: "y", value: 30, label: { content: "real text: 30.0" } },
        { scaleID: "x", value: 8, label: { content: "largest gain at 8 steps: round 2" } },
      ],
    });
    expect(Number(options?.scales?.y?.min)).toBeLessThan(30);
    const unmarked = curveChart(curveFrom(store, {}), themes.light, 9).options?.plugins?.annotation;
    expect(unmarked).toMatchObject({ annotations: [{ scaleID: "y" }] });
  });
});

it("writes a Markdown table of one line per round", () => {
  const lines = markdownTable(curveTable(curveFrom(store, {}), "entropy"))
    .trimEnd()
    .split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe("| steps | 4 | 8 | 16 | 32 | 64 | 128 |");
  expect(lines[2]).toMatch(/^\| teacher \| 4\.\d\d \[4\.\d\d, \d\.\d\d\] n = 3, over samples \|/);
});

describe("the plot", () => {
  it("is a PNG of twice the width, the same bytes each time", () => {
    const curve = curveFrom(store, {});
    const png = plotCurve(curve, { format: "png", width: 600, height: 400 });
    expect(png.subarray(0, 8)).toEqual(Buffer.from("89504e470d0a1a0a", "hex"));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 800]);
    expect(plotCurve(curve, { format: "png", width: 600, height: 400 }).equals(png)).toBe(true);
  });

  it("is an SVG of paths, without a font or an embedded picture", () => {
    const svg = plotCurve(curveFrom(store, {}), { format: "svg" }).toString();
    expect(svg).toMatch(/<svg [^>]*width="900" height="640"/);
    expect(svg).toContain("<path");
    expect(svg).not.toMatch(/<text|<image/);
  });
});
