import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "@sdtt/core/base";
import { substepTimes } from "@sdtt/core/diffusion";
import { describe, expect, it } from "vitest";
import { firstTeacher, nextRound, roundStep } from "./rounds.js";

describe("the step of a round", () => {
  it("begins at 1/K₀ and grows m-fold with every round", () => {
    expect([1, 2, 3, 7].map((round) => roundStep(1024, 2, round))).toEqual([1 / 1024, 1 / 512, 1 / 256, 1 / 16]);
    expect([1, 2, 3].map((round) => roundStep(64, 4, round))).toEqual([1 / 64, 1 / 16, 1 / 4]);
  });

  it("stays at 1/m once the student does all of time in one step", () => {
    expect([4, 5, 6, 9].map((round) => roundStep(32, 2, round))).toEqual([1 / 4, 1 / 2, 1 / 2, 1 / 2]);
    expect([1, 2, 3].map((round) => roundStep(8, 4, round))).toEqual([1 / 8, 1 / 4, 1 / 4]);
  });

  it("is refused where m substeps are longer than all of time", () => {
    expect(roundStep(4, 4, 1)).toBe(1 / 4);
    expect(() => roundStep(3, 4, 1)).toThrow(UserError);
    expect(() => roundStep(3, 4, 1)).toThrow(
      "round: m teacher substeps must fit into unit time, got 4 × 1/3 (flags --substeps, --initial-steps). Raise --initial-steps or lower --substeps.",
    );
  });
});

describe("a run's folder", () => {
  const root = mkdtempSync(join(tmpdir(), "plan-"));

  it("begins with round 1 where there is none, and nothing is written for the question", () => {
    expect(nextRound(root, "nobody")).toBe(1);
    expect(readdirSync(root)).toEqual([]);
  });

  it("refuses a teacher that is not there", () => {
    expect(() => firstTeacher(join(root, "none"))).toThrow("must be a checkpoint folder with a state.json, got");
  });
});

/** t, Δ, and the times of every substep as the published code printed them (jdeschena/sdtt 9172b86, float32). */
const published: [number, number, number[]][] = [
  [0.19805750250816345, 0.062499375, [0.25664642453193665, 0.058588918298482895]],
  [0.4480549991130829, 0.062499375, [0.6263642907142639, 0.17830927670001984]],
  [0.9480500221252441, 0.062499375, [0.9908075332641602, 0.04275749623775482]],
  [0.6204723715782166, 0.000976552734375, [0.8552175164222717, 0.23474514484405518]],
  [0.006494920700788498, 0.062499375, [1e-5, 1e-5, 1e-5, 1e-5]],
  [
    0.2564924359321594,
    0.062499375,
    [0.26132145524024963, 0.17582398653030396, 0.09032651782035828, 0.004829034209251404],
  ],
  [0.7564874291419983, 0.062499375, [0.8798241019248962, 0.6276615858078003, 0.3754991590976715, 0.12333666533231735]],
];

describe("substepTimes", () => {
  it("paper: max(t − i·Δ, ε)", () => {
    expect(substepTimes("paper", 0.5, 0.125, 3)).toEqual([0.5, 0.375, 0.25]);
    expect(substepTimes("paper", 0.2, 0.125, 3)).toEqual([0.2, 0.2 - 0.125, 1e-5]);
  });

  it.each(published)("published-code: as the code computes them at t = %d, Δ = %d", (t, dt, times) => {
    for (const [i, time] of substepTimes("published-code", t, dt, times.length).entries()) {
      expect(time).toBeCloseTo(times[i] as number, 6);
    }
  });
});
