/** @file What is told when a sweep ends. */
import { expect, it } from "vitest";
import type { CellStatus } from "../sweep/cellStatus.js";
import { endOf } from "./sweepCommand.js";

const cell = (label: string, state: string, note = "") => ({ cell: { label }, state, note }) as unknown as CellStatus;

it("a sweep's end says how its cells stand, and why the first that failed did", () => {
  expect(endOf("lr", [cell("a", "done"), cell("b", "done")])).toEqual({
    ...{ kind: "sweep", experiment: "lr", status: "done" },
    text: "Sweep lr ended: 2 cells: 2 done",
  });
  const failed = endOf("lr", [
    cell("a", "done"),
    cell("lr=1 seed=1", "failed", "out of memory"),
    cell("c", "failed", "x"),
  ]);
  expect(failed).toMatchObject({
    status: "failed",
    text: "Sweep lr ended: 3 cells: 1 done, 2 failed; lr=1 seed=1: out of memory",
  });
});
