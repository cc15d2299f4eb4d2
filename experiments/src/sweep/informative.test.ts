/** @file The order of cells that tell most: against determinants by brute force, and what is known of it. */
import { describe, expect, it } from "vitest";
import { informativeOrder } from "./informative.js";

const cellsOf = (axes: Readonly<Record<string, readonly (string | number)[]>>) =>
  Object.entries(axes).reduce<{ values: Record<string, string | number> }[]>(
    (cells, [axis, values]) =>
      cells.flatMap((cell) => values.map((value) => ({ values: { ...cell.values, [axis]: value } }))),
    [{ values: {} }],
  );
const cells = cellsOf({ lr: [1, 2, 3], divergence: ["a", "b"], seed: [1, 2] });
const nothing = () => false;

/** ln det of I/100 + Σ x x' by elimination. */
function information(rows: readonly (readonly number[])[], size: number): number {
  const a = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 0.01 : 0)));
  for (const x of rows) {
    x.forEach((xi, i) => {
      x.forEach((xj, j) => {
        (a[i] as number[])[j] = (a[i]?.[j] as number) + xi * xj;
      });
    });
  }
  let log = 0;
  for (let k = 0; k < size; k++) {
    log += Math.log(a[k]?.[k] as number);
    for (let i = k + 1; i < size; i++) {
      const factor = (a[i]?.[k] as number) / (a[k]?.[k] as number);
      for (let j = k; j < size; j++) (a[i] as number[])[j] = (a[i]?.[j] as number) - factor * (a[k]?.[j] as number);
    }
  }
  return log;
}

const design = ({ values }: (typeof cells)[number]) => [
  1,
  ...[1, 2, 3].map((x) => Number(values.lr === x)),
  ...["a", "b"].map((x) => Number(values.divergence === x)),
  ...[1, 2].map((x) => Number(values.seed === x)),
];

describe("the informative order", () => {
  it("takes in each place the cell that gains most of all, by determinants", () => {
    const order = informativeOrder(cells, nothing).map(({ cell }) => cell);
    expect(new Set(order)).toEqual(new Set(cells));
    order.forEach((cell, i) => {
      const before = order.slice(0, i).map(design);
      const gainOf = (one: (typeof cells)[number]) => information([...before, design(one)], 8);
      const best = Math.max(...order.slice(i).map(gainOf));
      expect(gainOf(cell)).toBeCloseTo(best, 6);
    });
  });

  it("sees every value of every axis before one of them twice more than needed", () => {
    const first = informativeOrder(cells, nothing).slice(0, 3);
    expect(new Set(first.map(({ cell }) => cell.values.lr)).size).toBe(3);
    expect(new Set(first.map(({ cell }) => cell.values.divergence)).size).toBe(2);
  });

  it("leaves out what is done, goes on from it, and gives less variance to what it says", () => {
    const isDone = (cell: (typeof cells)[number]) => cell.values.lr !== 3;
    const [next, ...rest] = informativeOrder(cells, isDone);
    expect(next?.cell.values.lr).toBe(3);
    expect(rest).toHaveLength(3);
    expect(next?.variance).toBeGreaterThan(50);
    expect(rest.every(({ variance }) => variance < 5)).toBe(true);
  });

  it("is the definition's where no cell tells more than another", () => {
    const alike = [{ values: {} }, { values: {} }, { values: {} }];
    expect(informativeOrder(alike, nothing).map(({ cell }) => alike.indexOf(cell))).toEqual([0, 1, 2]);
  });
});
