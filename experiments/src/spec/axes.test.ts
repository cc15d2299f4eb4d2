import { describe, expect, it } from "vitest";
import { unfoldAxes } from "./axes.js";
import { grid, list, logRange, random, range, when, zip } from "./define.js";

const lr = "rounds.lr" as const;
const substeps = "rounds.substeps" as const;

describe("axes", () => {
  it("unfold into every combination, the last axis fastest", () => {
    const points = unfoldAxes([list(lr, [1, 2]), list(substeps, [2, 4])]);
    expect(points.map((point) => [point[lr], point[substeps]])).toEqual([
      [1, 2],
      [1, 4],
      [2, 2],
      [2, 4],
    ]);
  });

  it("without any give one cell", () => {
    expect(unfoldAxes([])).toEqual([{}]);
  });

  it("range holds both ends and no rounding error", () => {
    const values = unfoldAxes([range("rounds.dropout", { from: 0, to: 0.3, step: 0.1 })]);
    expect(values.map((point) => point["rounds.dropout"])).toEqual([0, 0.1, 0.2, 0.3]);
  });

  it("log range has equal ratios and exact ends", () => {
    const values = unfoldAxes([logRange(lr, { from: 1e-4, to: 1e-2, count: 3 })]).map((point) => point[lr]);
    expect(values).toEqual([1e-4, 1e-3, 1e-2]);
  });

  it("zip goes through its axes together, and refuses unequal ones", () => {
    expect(unfoldAxes([zip(list(lr, [1, 2]), list(substeps, [2, 4]))])).toEqual([
      { [lr]: 1, [substeps]: 2 },
      { [lr]: 2, [substeps]: 4 },
    ]);
    expect(() => unfoldAxes([zip(list(lr, [1, 2]), list(substeps, [2]))])).toThrow(
      "axes: axes of a zip must be of one length, got 2, 1. Give each as many values, or use grid.",
    );
  });

  it("grid inside of zip multiplies first", () => {
    const inner = grid(list(lr, [1, 2]), list(substeps, [2, 4]));
    expect(unfoldAxes([zip(inner, list("rounds.updates", [1, 2, 3, 4]))])).toHaveLength(4);
  });

  it("a conditional axis multiplies the cells it is for, and no others", () => {
    const points = unfoldAxes([list(substeps, [2, 4, 8]), when({ [substeps]: [4, 8] }, list(lr, [1, 2]))]);
    expect(points).toHaveLength(5);
    expect(points.filter((point) => lr in point)).toHaveLength(4);
  });

  it("a condition sees the base where no axis sets the path", () => {
    const axis = when({ [substeps]: 2 }, list(lr, [1, 2]));
    expect(unfoldAxes([axis], (path) => (path === substeps ? 2 : undefined))).toHaveLength(2);
    expect(unfoldAxes([axis], () => 4)).toEqual([{}]);
  });

  it("random points are the same for a seed, others for another, and more of them keep the first", () => {
    const draws = { [lr]: { from: 1e-4, to: 1e-2, scale: "log" }, [substeps]: { values: [2, 4, 8] } } as const;
    const points = unfoldAxes([random(draws, { count: 20, seed: 1 })]);
    expect(unfoldAxes([random(draws, { count: 30, seed: 1 })]).slice(0, 20)).toEqual(points);
    expect(unfoldAxes([random(draws, { count: 20, seed: 2 })])).not.toEqual(points);
    for (const point of points) {
      expect(point[lr] as number).toBeGreaterThanOrEqual(1e-4);
      expect(point[lr] as number).toBeLessThanOrEqual(1e-2);
    }
    const below = points.filter((point) => (point[lr] as number) < 1e-3).length;
    expect(below).toBeGreaterThan(3);
    expect(below).toBeLessThan(17);
  });

  it("refuses an axis whose range holds nothing", () => {
    expect(() => unfoldAxes([range(lr, { from: 2, to: 1, step: 1 })])).toThrow(
      "axes: an axis must have values, got none (rounds.lr). Give it one or more.",
    );
  });
});
