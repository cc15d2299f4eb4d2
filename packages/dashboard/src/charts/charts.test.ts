import { describe, expect, it } from "vitest";
import { curveOf } from "./data/curve.js";
import { row } from "./data/rows.fixture.js";
import { fromJson, toJson } from "./data/wire.js";
import { stacked } from "./drawing/annotations.js";
import { curveChart } from "./drawing/curveChart.js";
import { limitsOf, logTicks, powersOfTwo } from "./drawing/axes.js";
import { lookOf, themes } from "./drawing/theme.js";
import { secondsOf, smoothed, type TrainQuantity, trainChart } from "./drawing/trainChart.js";

describe("axes", () => {
  it("has ticks at the powers of two that cover the steps", () => {
    expect(powersOfTwo([4, 64, 12])).toEqual([4, 8, 16, 32, 64]);
    expect(powersOfTwo([6])).toEqual([4, 8]);
  });

  it("has at least three ticks for a perplexity, over one decade or many", () => {
    expect(logTicks({ min: 1, max: 1000 })).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
    expect(logTicks({ min: 30, max: 240 })).toEqual([30, 50, 70, 100, 150, 200]);
    expect(logTicks({ min: 63, max: 94 })).toEqual([70, 80, 90]);
  });

  it("ignores what cannot be drawn", () => {
    const { min, max } = limitsOf([10, Number.NaN, Number.POSITIVE_INFINITY, -1, 100], "log");
    expect(min).toBeGreaterThan(5);
    expect(max).toBeLessThan(200);
    expect(limitsOf([], "log")).toEqual({ min: 1, max: 100 });
  });
});

describe("training curves", () => {
  const bucket = (update: number, loss: number | null, validationLoss: number | null = null) => ({
    ...{ firstUpdate: update, update, loss, minLoss: loss, maxLoss: loss, validationLoss, learningRate: 1 },
    ...{ gradNorm: loss, tokens: update, wallMs: 1, updates: 1, broken: loss === null ? 1 : 0 },
  });
  const points = [bucket(1, 3, 4), bucket(2, null), bucket(3, 2), bucket(4, 1.5, 2)];
  const drawn = (quantity: TrainQuantity) =>
    trainChart([{ runId: "run", points }], { quantity }, themes.light).data.datasets[0]?.data.map(({ y }) => y);

  it("show a part in its own limits, and all of it where no part is asked for", () => {
    const part = (from?: number, to?: number) => {
      const { data, options } = trainChart([{ runId: "run", points }], { quantity: "loss", from, to }, themes.light);
      const x = options?.scales?.x as { min?: number; max?: number };
      return [data.datasets[0]?.data.map((datum) => datum.x), x.min, x.max];
    };
    expect(part()).toEqual([[1, 2, 3, 4], 0, undefined]);
    expect(part(2.5)).toEqual([[3, 4], 2.5, undefined]);
    expect(part(2.5, 3)).toEqual([[3], 2.5, 3]);
  });

  it("break where no loss was finite", () => {
    expect(drawn("loss")).toEqual([3, Number.NaN, 2, 1.5]);
  });

  it("go through updates that were not validated, which is no gap", () => {
    expect(drawn("validationLoss")).toEqual([4, 2]);
  });
});

describe("looks", () => {
  it("tells the first six rounds apart by marker alone, and all but the teacher by colour alone", () => {
    for (const theme of Object.values(themes)) {
      const looks = [0, 1, 2, 3, 4, 5].map((round) => lookOf(theme, round, 0));
      expect(new Set(looks.map(({ marker }) => JSON.stringify(marker))).size).toBe(6);
      expect(new Set(looks.map(({ color }) => color)).size).toBe(6);
    }
  });

  it("gives no two of the first eighteen rounds the same colour and marker", () => {
    const looks = Array.from({ length: 18 }, (_, i) => lookOf(themes.light, i + 1, 0));
    expect(new Set(looks.map(({ color, marker }) => `${color} ${JSON.stringify(marker)}`)).size).toBe(18);
  });

  it("dashes the teacher and no student's first line", () => {
    expect(lookOf(themes.light, 0, 0).dash).not.toEqual([]);
    expect(lookOf(themes.light, 1, 0).dash).toEqual([]);
    expect(lookOf(themes.light, 1, 1).dash).not.toEqual([]);
  });
});

describe("numbers", () => {
  it("cross the wire whole, and text that looks like them stays text", () => {
    const value = { a: Number.NaN, b: [Number.POSITIVE_INFINITY, -1.5, null], c: "NaN", d: { $other: "1" } };
    expect(fromJson(toJson(value))).toEqual(value);
  });
});

describe("training curves along tokens and time, smoothed", () => {
  const bucket = (update: number, loss: number | null, wallMs: number | null = 100) => {
    const losses = { loss, minLoss: loss, maxLoss: loss, validationLoss: null };
    const rest = { learningRate: null, gradNorm: null, tokens: 1000 * update, wallMs, updates: 10, broken: 0 };
    return { firstUpdate: update - 9, update, ...losses, ...rest };
  };
  const points = [bucket(10, 4), bucket(20, 2), bucket(30, 1)];
  const placesOf = (along: "updates" | "tokens" | "time", own = points) =>
    trainChart([{ runId: "run", points: own }], { quantity: "loss", along }, themes.light).data.datasets[0]?.data.map(
      ({ x }) => x,
    );

  it("stand at tokens read, and at the seconds that all updates so far took", () => {
    expect(placesOf("updates")).toEqual([5.5, 15.5, 25.5]);
    expect(placesOf("tokens")).toEqual([10_000, 20_000, 30_000]);
    expect(placesOf("time")).toEqual([1, 2, 3]);
    expect(secondsOf([bucket(10, 1), bucket(20, 1, null), bucket(30, 1)])).toEqual([1, undefined, undefined]);
    expect(placesOf("time", [bucket(10, 4, 360_000), bucket(20, 2, 360_000)])).toEqual([60, 120]);
  });

  it("are averaged with exponential weights that add up to one from the first value on", () => {
    expect(smoothed([4, 2, 1], 0)).toEqual([4, 2, 1]);
    expect(smoothed([4, 4, 4], 0.9).map((value) => Number(value.toFixed(12)))).toEqual([4, 4, 4]);
    const [first, second] = smoothed([4, 2], 0.5);
    expect([first, second]).toEqual([4, (0.25 * 4 + 0.5 * 2) / 0.75]);
    expect(smoothed([4, Number.NaN, 2], 0.5)).toEqual([4, Number.NaN, (0.25 * 4 + 0.5 * 2) / 0.75]);
  });
});

it("labels of levels that are close stand above each other, those apart at their own level", () => {
  expect(stacked([26, 26.3, 27, 40, 41, 80])).toEqual([0, 1, 2, 0, 1, 0]);
  expect(stacked([])).toEqual([]);
});

describe("names of levels", () => {
  /** A teacher and students that come down to the level of real text, at 8 and at 256 steps. */
  const values: readonly (readonly [number, number, number])[] = [
    ...([0, 1, 2, 3, 4, 5].map((round) => [round, 8, 100 - 14 * round]) as [number, number, number][]),
    [0, 256, 60],
  ];
  const curveAlong = (x: "steps" | "round") =>
    curveOf({
      ...{ experiment: "e", question: "", labelOf: () => "real text", x, isTeacher: (hash) => hash === "model-0" },
      evaluations: [
        ...values.map(([round, steps, value]) => row({ round, steps, value })),
        row({ subjectHash: "text", steps: null, value: 29 }),
      ],
    });
  const endsOf = (x: "steps" | "round") => {
    const plugins = curveChart(curveAlong(x), themes.light).options?.plugins as unknown as {
      annotation: { annotations: { label: { content: string; position: string } }[] };
    };
    return plugins.annotation.annotations.map(({ label }) => [label.content, label.position]);
  };

  it("stand where no line ends: along rounds at the left, along steps at the right", () => {
    expect(endsOf("round")).toEqual([["real text: 29.0", "start"]]);
    expect(endsOf("steps")).toEqual([["real text: 29.0", "end"]]);
  });
});
