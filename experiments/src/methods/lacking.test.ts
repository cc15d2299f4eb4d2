/** @file What is said of what is lacking. */
import { expect, it } from "vitest";
import { type CountedStage, lackingText } from "./lacking.js";

const stage = (...parts: CountedStage["parts"]): CountedStage => ({ program: "eval", args: ["curve"], parts });

it("adds up the cells of a system and the time of all, in the time that a step takes here", () => {
  const stages = [
    stage({ what: "spaced, 4 steps", units: 100 }, { what: "spaced, 8 steps", units: 200 }),
    stage({ what: "spaced, 4 steps", units: 100 }),
  ];
  const lines = lackingText(stages, 300, 2).split("\n");
  expect(lines[1]).toMatch(/^spaced, 4 steps +2 +1:00$/);
  expect(lines[2]).toMatch(/^spaced, 8 steps +1 +1:00$/);
  expect(lines[3]).toMatch(/^all: 2:00 of a core that has nothing else to do; 2 at a time/);
});

it("never counts what was not timed as nothing", () => {
  const text = lackingText(
    [stage({ what: "a", units: undefined }, { what: "b", units: 10 }, { what: "b", units: undefined })],
    1000,
    1,
  );
  expect(text).toMatch(/^a +1 +not known$/m);
  expect(text).toMatch(/^b +2 +0:10 and more$/m);
  expect(text).toMatch(/^all: 0:10 of a core that has nothing else to do, and what is not known/m);
});

it("says that nothing is lacking", () => {
  expect(lackingText([], 0, 2)).toBe("nothing is lacking\n");
});
