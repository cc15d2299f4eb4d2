/** @file Forecasts against tables whose law is known: what factors find, what they do not pretend to find, and what intervals hold. */
import { randomStream } from "../base/random.js";
import type { DefinitionRow, EvaluationRecord } from "../store/index.js";
import { describe, expect, it } from "vitest";
import { fitFactors, solved } from "./factors.js";
import { forecastsOf, usualFit } from "./forecasts.js";
import { type Cell, chosenRank, errorBound } from "./heldOut.js";
import { type ForecastTable, forecastTable } from "./table.js";

const [rows, count] = [14, 10];
const random = randomStream(4, "table");
const [left, right] = [random.normals(2 * rows), random.normals(2 * count)] as const;
const at = (values: Float32Array, i: number) => values[i] as number;
/** Two factors with signs of their own, which no effect of a row can say. */
const truth = (row: number, figure: number) =>
  3 + at(left, 2 * row) * at(right, 2 * figure) + at(left, 2 * row + 1) * at(right, 2 * figure + 1);

/** A table of `value` with every seventh cell left out. */
function tableOf(value: (row: number, figure: number) => number): ForecastTable {
  const all = Array.from({ length: rows * count }, (_, i): Cell => {
    const [row, figure] = [Math.floor(i / count), i % count];
    return { row, figure, values: Float64Array.of(value(row, figure)) };
  });
  const named = { metric: "m", definition: "m@1", steps: 8, n: null, isLog: false };
  return {
    rows,
    cells: all.filter((_, i) => i % 7 !== 3),
    figures: Array.from({ length: count }, (_, first) => ({ ...named, key: String(first), first, count: 1 })),
    subjects: Array.from({ length: rows }, (_, row) => ({
      ...{ key: String(row), hash: String(row), text: `model ${row}`, isPlain: true },
    })),
  };
}

describe("factors", () => {
  it("solve what they are asked, and fill the holes of a table of their rank", () => {
    expect([...solved(Float64Array.of(4, 2, 2, 3), Float64Array.of(2, 5))]).toEqual([-0.5, 2]);
    const value = (row: number, column: number) => column + 2 * row + (row - 3) * (column - 2);
    const all = Array.from({ length: 56 }, (_, i) => ({ row: Math.floor(i / 8), column: i % 8 }));
    const entries = all.filter((_, i) => i % 6 !== 1).map((e) => ({ ...e, value: value(e.row, e.column), weight: 1 }));
    const predict = fitFactors(entries, { rows: 7, columns: 8 }, { rank: 1, ridge: 1e-6, sweeps: 400 });
    for (const { row, column } of all) expect(predict(row, column)).toBeCloseTo(value(row, column), 1);
  });

  it("forecast cells that were left out better than row and column means where there are factors", () => {
    const noise = randomStream(5, "noise");
    const table = tableOf((row, figure) => truth(row, figure) + 0.05 * (noise.normals(1)[0] as number));
    const { options, meanErrors } = chosenRank(table, usualFit);
    expect(options.rank).toBeGreaterThan(0);
    expect(meanErrors[options.rank]).toBeLessThan(0.6 * (meanErrors[0] as number));
  });

  it("are not preferred where there are none", () => {
    const noise = randomStream(6, "noise").normals(rows * count);
    const { options, meanErrors } = chosenRank(
      tableOf((row, figure) => row + at(noise, row * count + figure)),
      usualFit,
    );
    expect(meanErrors[0]).toBeLessThan(1.15 * (meanErrors[options.rank] as number));
  });
});

describe("forecasts", () => {
  it("are of the cells that are not there alone, and their intervals hold as many of the truths as they say", () => {
    let [inside, all] = [0, 0];
    for (let seed = 0; seed < 12; seed++) {
      const noise = randomStream(seed, "forecast").normals(rows * count);
      const value = (row: number, figure: number) => truth(row, figure) + 0.5 * at(noise, row * count + figure);
      const { forecasts } = forecastsOf(tableOf(value), 0.9);
      expect(forecasts).toHaveLength(rows * count - tableOf(value).cells.length);
      for (const { subject, figure, low, high } of forecasts) {
        const real = value(Number(subject.key), Number(figure.key));
        inside += Number((low as number) <= real && real <= (high as number));
        all++;
      }
    }
    expect(inside / all).toBeGreaterThan(0.83);
    expect(inside / all).toBeLessThan(0.97);
  });

  it("have no interval where fewer cells were held out than it needs", () => {
    expect(errorBound([1, 2, 3], 0.9)).toBeUndefined();
    expect(errorBound([3, 1, 2, 5, 4, 6, 7, 8, 9], 0.9)).toBe(9);
    expect(errorBound([5, 1, 4, 2, 3], 0.5)).toBe(3);
  });
});

describe("the table", () => {
  const row = (over: Partial<EvaluationRecord>): EvaluationRecord =>
    ({
      ...{ key: "k", subjectHash: "a", metric: "gen-ppl", definition: "g@1", steps: 8, seed: 1, temperature: 1, n: 64 },
      ...{ referenceHash: "judge", sampler: null, topP: 1, runId: "r/round-1", round: 1, weights: "ema", value: 50 },
      ...over,
    }) as EvaluationRecord;
  const definitions = [{ definition: "g@1", scale: "log", dependsOnN: false }] as DefinitionRow[];
  const items = { items: "set", sums: Float64Array.of(1, 0, 1, 1), counts: null };
  const store = { itemScores: (key: string) => (key.startsWith("words") ? items : undefined) };

  it("takes seeds together, keeps samplers and temperatures apart, leaves controls out, and figures of one model alone", () => {
    const table = forecastTable(
      [
        ...[row({ value: 40 }), row({ value: 90, seed: 2 }), row({ subjectHash: "b" })],
        ...[row({ sampler: "spaced", value: 30 }), row({ temperature: 0.9, value: 20 })],
        ...[row({ control: "null", value: 1 } as Partial<EvaluationRecord>), row({ steps: 16 })],
      ],
      definitions,
      store,
    );
    expect(table.figures.map(({ steps }) => steps)).toEqual([8]);
    expect(table.subjects.map(({ isPlain }) => isPlain)).toEqual([true, true, false, false]);
    const values = table.cells.map((cell) => Math.exp(cell.values[0] as number));
    expect(values.map((x) => Math.round(x))).toEqual([60, 50, 30, 20]);
  });

  it("has items in the place of a figure that is their mean, of sets that are the same", () => {
    const words = { metric: "accuracy", definition: "w@1", steps: null, value: 0.75 };
    const rowsOfWords = [row({ ...words, key: "words a" }), row({ ...words, key: "words b", subjectHash: "b" })];
    const { figures, cells } = forecastTable(rowsOfWords, definitions, store);
    expect(figures.map(({ count: columns }) => columns)).toEqual([4]);
    expect(cells.map(({ values }) => [...values])).toEqual([items, items].map(({ sums }) => [...sums]));
  });
});
