import type { JudgedPoint } from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { gainAtNfe, nfeFrontier, nfeNeededText } from "./equalNfe.js";

const point = (genPpl: number, entropy: number): JudgedPoint => {
  return { genPpl, entropy, lnStderr: 0.02, entropyStderr: 0, correlation: 0 };
};
/** Halves with each doubling of steps, and with each 0.1 nats; the last steps are made in fewer evaluations. */
const steps = new Map([4, 8, 16].map((count) => [count, [point(4000 / count, 4.3), point(2000 / count, 4.2)]]));
const frontier = nfeFrontier({
  points: steps,
  nfe: new Map([
    [4, 4],
    [8, 8],
    [16, 14],
  ]),
});

const sampled = (nfe: number, value: number, entropy = 4.25) =>
  ({ subjectHash: "m", seed: 1, nfe, value, stderr: 0.02 * value, entropy, entropyStderr: 0 }) as EvaluationRecord;
const gain = (row: EvaluationRecord) => {
  const effect = gainAtNfe(row, frontier);
  return effect && Math.exp(effect.mean);
};

describe("a sampler against ancestral steps", () => {
  it("is read at its own evaluations and entropy: at √32 of them and 4.25 nats these have 1000/√2/√2", () => {
    expect(gain(sampled(Math.sqrt(32), 250))).toBeCloseTo(2);
    expect(gain(sampled(4, 1000, 4.3))).toBeCloseTo(1);
  });

  it("has an error of its own samples and of theirs", () => {
    const effect = gainAtNfe(sampled(4, 1000, 4.3), frontier);
    expect(effect?.stderr).toBeCloseTo(Math.SQRT2 * 0.02);
  });

  it("is not compared outside of the evaluations or the entropies that were measured, a few per cent of evaluations apart", () => {
    expect([3.9, 14.5].map((nfe) => gain(sampled(nfe, 500)))).toEqual([expect.any(Number), expect.any(Number)]);
    expect([3, 15, 60].map((nfe) => gain(sampled(nfe, 500)))).toEqual([undefined, undefined, undefined]);
    expect(gain(sampled(8, 500, 4.1))).toBeUndefined();
  });

  it("is told in evaluations that ancestral steps need for the same text", () => {
    expect(nfeNeededText(sampled(4, 500, 4.3), frontier)).toMatch(/^8\.00 \[7\.\d\d, 8\.\d\d\]$/);
    expect(nfeNeededText(sampled(4, 500, 4.1), frontier)).toBe("outside");
  });
});
