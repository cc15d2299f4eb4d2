import { expect, it } from "vitest";
import { alphaAt, moveChanceAt, scheduleEps, sigmaAt, unmaskProbability } from "./schedule.js";

const times = [0, 1e-5, 1e-3, 0.25, 0.5, 0.9, 1];

it("has σ = −ln α and a move chance of 1 − α", () => {
  for (const t of times) {
    expect(Math.exp(-sigmaAt(t))).toBeCloseTo(alphaAt(t), 14);
    expect(moveChanceAt(t)).toBeCloseTo(1 - alphaAt(t), 14);
  }
});

it("masks nothing at t = 0 and all but 1e-3 at t = 1", () => {
  expect([alphaAt(0), sigmaAt(0), moveChanceAt(0)].map(Math.abs)).toEqual([1, 0, 0]);
  expect(alphaAt(1)).toBeCloseTo(scheduleEps, 14);
});

it("keeps σ exact for small t, where 1 − α rounds", () => {
  expect(sigmaAt(1e-12) / (0.999 * 1e-12)).toBeCloseTo(1, 10);
});

it("has a NELBO weight σ'/(e^σ − 1) of 1/t", () => {
  for (const t of [0.01, 0.3, 0.8, 1]) {
    const slope = (1 - scheduleEps) / alphaAt(t);
    expect(slope / Math.expm1(sigmaAt(t))).toBeCloseTo(1 / t, 9);
  }
});

it("reveals with probability (α_s − α_t) / (1 − α_t), and everything at s ≤ 0", () => {
  for (const [s, t] of [
    [0.2, 0.5],
    [0.999, 1],
    [0.3, 0.3],
  ] as const) {
    expect(unmaskProbability(s, t)).toBeCloseTo((alphaAt(s) - alphaAt(t)) / (1 - alphaAt(t)), 12);
  }
  expect([unmaskProbability(0, 0.5), unmaskProbability(-0.2, 0.5), unmaskProbability(0, 0)]).toEqual([1, 1, 1]);
});

it("reveals as much in two steps as in one", () => {
  const [s, r, t] = [0.2, 0.5, 0.8];
  const kept = (1 - unmaskProbability(r, t)) * (1 - unmaskProbability(s, r));
  expect(1 - kept).toBeCloseTo(unmaskProbability(s, t), 14);
});

it("refuses to go back in time", () => {
  expect(() => unmaskProbability(0.6, 0.5)).toThrow(
    "unmaskProbability: s must not be after t, got s = 0.6, t = 0.5. Swap them.",
  );
});
