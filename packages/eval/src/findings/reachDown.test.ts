import { expect, it } from "vitest";
import { type Entropies, reachDown, reachedDown } from "./reachDown.js";

/** A teacher whose entropy is 4 nats at temperature 1 and falls by 1 for each tenth, as far as it was drawn. */
function measured(students: readonly number[]) {
  const drawn = new Set([1, 0.9]);
  const entropies: Entropies = {
    steps: [4, 8],
    teacher: (_, temperature) => (drawn.has(temperature) ? 4 - 10 * (1 - temperature) : Number.NaN),
    students: () => students,
  };
  const draw = async (temperature: number) => void drawn.add(temperature);
  return { entropies, draw };
}

it("draws a teacher further down until it reaches every student's entropy, and no further", async () => {
  const { entropies, draw } = measured([3.5, 1.2]);
  expect(await reachDown(entropies, [1, 0.9], draw)).toEqual([1, 0.9, 0.8, 0.7]);
  expect(reachedDown(entropies, [1, 0.9])).toEqual([1, 0.9, 0.8, 0.7]);
  const { entropies: near, draw: none } = measured([3.5]);
  expect(await reachDown(near, [1, 0.9], none)).toEqual([1, 0.9]);
});

it("ends where samples are no text any more, whatever a student does", async () => {
  const { entropies, draw } = measured([-99]);
  expect((await reachDown(entropies, [1, 0.9], draw)).at(-1)).toBe(0.3);
});
