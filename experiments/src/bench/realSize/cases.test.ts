import { openEngine } from "@sdtt/core/engine";
import { describe, expect, it } from "vitest";
import { caseNames, cases } from "./cases.js";
import { realSizeTable } from "./command.js";
import { sizes } from "./sizes.js";

const engine = await openEngine("onnx", { threads: 1 });
const options = { sequences: 2, microbatch: 1, steps: 4 };

describe("the real-size runs, at the tiny scale,", () => {
  it.each(caseNames)("%s computes something and says what it cost", async (name) => {
    const outcome = await cases[name](engine, sizes.tiny, options);
    expect(outcome.parameters).toBeGreaterThan(1000);
    expect(outcome.seconds).toBeGreaterThan(0);
    expect(outcome.detail).toMatch(/\d/);
    expect(outcome.detail).not.toContain("NaN");
    expect(realSizeTable([{ name, ...outcome, processorSeconds: 1, peakGiB: 2 }])).toContain(`| ${name} |`);
  });

  it("are of the published sizes at full scale", () => {
    const { student, large, judge } = sizes.full;
    expect([student.blocks, student.width, student.length, student.vocabSize]).toEqual([12, 768, 1024, 50_258]);
    expect([large.blocks, large.width]).toEqual([24, 1536]);
    expect([judge.blocks, judge.width, judge.vocabSize]).toEqual([36, 1280, 50_257]);
  });
});
