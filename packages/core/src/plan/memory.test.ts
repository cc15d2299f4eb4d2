import { describe, expect, it } from "vitest";
import { ditPreset, type ModelConfig } from "../model/presets.js";
import { inferenceMemory, type MemoryPart, trainingMemory } from "./memory.js";

const gibibytes = (parts: readonly MemoryPart[]) => parts.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 30;
const V = 50_258;
const student = ditPreset("169m", { vocabSize: V, dropout: 0.1 });
const judge: ModelConfig = { kind: "gpt2", blocks: 36, width: 1280, heads: 20, length: 1024, vocabSize: V - 1 };

describe("the memory estimate", () => {
  const cut = { microbatch: 1 };
  it.each([
    ["an update of round 0", trainingMemory(student, { ...cut, teacher: false }), 6.96],
    ["an update of a round", trainingMemory(student, { ...cut, teacher: true }), 7.22],
    ["8 steps at 169M", inferenceMemory(student, 1, 128), 1.19],
    ["8 steps at 863M", inferenceMemory(ditPreset("863m", { vocabSize: V }), 1, 128), 5.47],
    ["a judge of GPT-2 large", inferenceMemory(judge, 1, 0), 3.32],
  ])("of %s is what docs/real-size.md measured, or up to 30 % more", (_, parts, measuredGiB) => {
    expect(gibibytes(parts) / measuredGiB).toBeGreaterThan(0.95);
    expect(gibibytes(parts) / measuredGiB).toBeLessThan(1.3);
  });

  it("grows with the microbatch, and counts the state once whatever it is", () => {
    const partsOf = (microbatch: number) => trainingMemory(student, { microbatch, teacher: false });
    expect(gibibytes(partsOf(4))).toBeGreaterThan(gibibytes(partsOf(1)));
    expect(partsOf(8)[0]).toEqual(partsOf(1)[0]);
  });
});
