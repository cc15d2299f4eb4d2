import { describe, expect, it } from "vitest";
import { type Evaluated, type TableCell, tableEstimates } from "./estimate.js";

const cell = (evaluations: readonly Partial<Evaluated>[], changes: Partial<TableCell> = {}): TableCell => ({
  evaluations: evaluations.map((one, i) => ({ value: 1, stderr: null, model: `seed ${i}`, n: 256, ...one })),
  line: "round 1",
  isFixed: false,
  ...changes,
});
const only = (metric: string, one: TableCell) => tableEstimates(metric, [one])[0];

describe("a table's cells", () => {
  it("are geometric means for perplexities, whose interval never reaches zero, and plain ones for the rest", () => {
    expect(only("gen-ppl", cell([100, 110, 121].map((value) => ({ value, stderr: 5 }))))?.mean).toBeCloseTo(110, 9);
    expect(only("ptb-bits-per-byte", cell([{ value: 1 }, { value: 3 }]))?.mean).toBe(2);
    expect(only("gen-ppl", cell([{ value: 1, stderr: 10 }]))?.low).toBeGreaterThan(0);
  });

  it("of one evaluation have the interval of its own error, and say what that is over", () => {
    const single = { value: 4, stderr: 1 };
    expect(only("distinct-1", cell([single]))).toEqual({
      ...{ mean: 4, n: 1, over: "samples" },
      ...{ low: expect.closeTo(2.04, 2), high: expect.closeTo(5.96, 2) },
    });
    const over = (metric: string) => only(metric, cell([{ value: 0.5, stderr: 0.1 }]))?.over;
    expect(["gen-ppl", "mauve", "ms-per-sample", "lambada-accuracy"].map(over)).toEqual([
      ...["samples", "nothing", "runs", "items"],
    ]);
    expect(only("gen-ppl", cell([{ value: 4 }]))).toMatchObject({ low: Number.NaN, over: "nothing" });
  });

  it("of one column are all over the same: a single seed takes the variance between trainings from the others", () => {
    const all = [
      cell([
        { value: 100, stderr: 1 },
        { value: 120, stderr: 1 },
      ]),
      cell([{ value: 50, stderr: 1 }], { line: "round 2" }),
    ];
    const [several, one] = tableEstimates("gen-ppl", all);
    expect([several?.over, one?.over]).toEqual(["seeds", "seeds"]);
    expect(one && one.high / one.mean).toBeGreaterThan(1.1);
  });

  it("that count items have width at none, and stay within all of them", () => {
    const none = only("lambada-accuracy", cell([{ value: 0, stderr: 0, n: 5153 }]));
    expect(none).toMatchObject({ mean: 0, low: 0, over: "items" });
    expect(none?.high).toBeCloseTo(5.8e-4, 5);
    const seeds = only("lambada-accuracy", cell([0.9, 0.98, 1].map((value) => ({ value, stderr: 0.01, n: 100 }))));
    expect(seeds?.high).toBeLessThanOrEqual(1);
    expect(seeds?.low).toBeLessThan(0.9);
  });

  it("stay NaN or infinite where an evaluation is, and do not spoil the others", () => {
    const all = [
      cell([{ value: Number.NaN }, { value: 3 }]),
      cell(
        [
          { value: 2, stderr: 0.1 },
          { value: 2.1, stderr: 0.1 },
        ],
        { line: "b" },
      ),
    ];
    const [broken, whole] = tableEstimates("gen-ppl", all);
    expect(broken?.mean).toBeNaN();
    expect(whole?.low).toBeGreaterThan(1.5);
    expect(only("gen-ppl", cell([{ value: Number.POSITIVE_INFINITY }]))?.mean).toBe(Number.POSITIVE_INFINITY);
  });

  it("of several seeds whose errors are over clusterings only have the scatter of the seeds", () => {
    const [wide] = tableEstimates("mauve", [
      cell([
        { value: 0.8, stderr: 1e-4 },
        { value: 0.9, stderr: 1e-4 },
      ]),
    ]);
    expect(wide && wide.high - wide.mean).toBeCloseTo((12.706 * 0.1) / 2, 2);
  });
});
