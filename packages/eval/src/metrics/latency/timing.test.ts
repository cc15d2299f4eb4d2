import { expect, it } from "vitest";
import { spreadOf, timesInTurn } from "./timing.js";

it("gives median and quartiles of times in any order", () => {
  expect(spreadOf([5, 1, 3, 2, 4])).toEqual({ median: 3, low: 2, high: 4, runs: 5 });
  expect(spreadOf([2, 1])).toEqual({ median: 1.5, low: 1.25, high: 1.75, runs: 2 });
});

it("takes runs in turn, after one of each that does not count", async () => {
  const order: string[] = [];
  const run = (name: string) => async () => order.push(name);
  const spreads = (await timesInTurn([run("a"), run("b")], 2)).map(spreadOf);
  expect(order.join("")).toBe("ababab");
  expect(spreads.map(({ runs }) => runs)).toEqual([2, 2]);
});

it("takes times by the clock that it is given", async () => {
  let at = 0;
  const [once, twice] = await timesInTurn(
    [async () => (at += 1), async () => (at += 2)],
    2,
    () => {},
    () => at,
  );
  expect([once, twice]).toEqual([
    [1, 1],
    [2, 2],
  ]);
});
