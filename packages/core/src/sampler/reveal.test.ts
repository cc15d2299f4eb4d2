import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { unmaskProbability } from "../diffusion/schedule.js";
import { timeGrid } from "../diffusion/timeGrid.js";
import { chiSquared } from "./chiSquared.fixture.js";
import { revealedPositions } from "./reveal.js";

const places = Array.from({ length: 200 }, (_, i) => 3 * i);

/** How many of 400 000 positions a step reveals, and how many it leaves. */
function shares(s: number, t: number): [number, number] {
  const random = randomStream(5, "reveal");
  let revealed = 0;
  for (let trial = 0; trial < 2000; trial++)
    revealed += revealedPositions(random, places, unmaskProbability(s, t)).length;
  return [revealed, 2000 * places.length - revealed];
}

describe("revealedPositions", () => {
  it("reveals each masked position with probability (t − s)/t", () => {
    const { statistic, limit } = chiSquared(shares(0.6, 0.8), [0.25, 0.75]);
    expect(statistic).toBeLessThan(limit);
  });

  it("is told apart from a probability that is off by 2 % by that test", () => {
    const { statistic, limit } = chiSquared(shares(0.6, 0.8), [0.255, 0.745]);
    expect(statistic).toBeGreaterThan(limit);
  });

  it("reveals masked positions only, in their order", () => {
    const revealed = revealedPositions(randomStream(1), places, 0.5);
    expect(revealed).toEqual(places.filter((place) => revealed.includes(place)));
  });

  it.each([0, -0.1])("reveals everything that is left where s = %d", (s) => {
    expect(revealedPositions(randomStream(1), places, unmaskProbability(s, 0.2))).toEqual(places);
  });
});

it("timeGrid goes from 1 to its end in even steps", () => {
  expect([...timeGrid(4)]).toEqual([1, 0.75, 0.5, 0.25, 0]);
  expect([...timeGrid(2, 0.2)]).toEqual([1, 0.6, expect.closeTo(0.2, 15)]);
});
