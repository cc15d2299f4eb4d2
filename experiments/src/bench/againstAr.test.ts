import { describe, expect, it } from "vitest";
import { againstArTable, compareWithAr } from "./againstAr.js";
import { modelOf, options, withSize } from "./options.js";

const tiny = { width: 16, blocks: 1, heads: 2, length: 64, vocab: 40, repeats: 1, batches: [1, 3], threads: 1 };

describe("the comparison with the AR baseline", () => {
  it("times both at each batch, and says what either is bound by", async () => {
    const found = await compareWithAr(options.parse({ ...tiny, engine: "onnx", againstAr: true }));
    expect(found.rows.map(({ batch }) => batch)).toEqual([1, 3]);
    for (const { diffusion, ar, ratio, diffusionGflops, arGBytesPerSecond, arGflops } of found.rows) {
      expect(ratio).toBeCloseTo(ar.ms.median / diffusion.ms.median, 6);
      expect(Math.min(diffusionGflops, arGBytesPerSecond, arGflops)).toBeGreaterThan(0);
    }
    expect(found.facts).toContain("L 64, 2 step(s) against 64 tokens");
    expect(againstArTable(found)).toMatch(/\| 3 \| \d+ \(\d+ – \d+\) \|/);
  });
});

describe("a published size", () => {
  it("takes the place of width, blocks, heads and vocabulary", () => {
    const o = withSize(options.parse({ size: "169m" }));
    expect(modelOf(o)).toMatchObject({ width: 768, blocks: 12, heads: 12, length: 128, vocabSize: 50_258 });
    expect(withSize(options.parse({ width: 64 }))).toMatchObject({ width: 64, vocab: 4096 });
  });
});
