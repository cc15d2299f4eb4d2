/** @file Kept samples: grown, cut off and scored again, on a denoiser that knows nothing and counts its calls. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Denoiser } from "@sdtt/core/sampler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawSamples, firstOf, keptSamples, loadSet, saveSet, setPath } from "./sampleSet.js";

const settings = { samples: 7, sequences: 3, seed: 4, temperature: 1 };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sample-set-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function indifferent(): Denoiser & { calls: number } {
  return {
    ...{ vocabSize: 5, maskId: 4, length: 6, calls: 0, dispose() {} },
    async logits(_xt, _rows, positions) {
      this.calls++;
      return new Float32Array(5 * positions.length);
    },
  };
}

describe("kept samples", () => {
  it("are those that drawing gives, and are not drawn again", async () => {
    const path = join(folder, "a.safetensors");
    const denoiser = indifferent();
    const first = await keptSamples(path, () => denoiser, 3, settings);
    expect(first.ids).toEqual((await drawSamples(indifferent(), 3, settings)).ids);
    const { calls } = denoiser;
    expect(calls).toBeGreaterThan(0);
    const again = await keptSamples(path, () => denoiser, 3, settings);
    expect([again.ids, again.nfe, again.revealSteps]).toEqual([first.ids, first.nfe, first.revealSteps]);
    expect(denoiser.calls).toBe(calls);
  });

  it("grow: what a kill left is gone on from, to the same samples", async () => {
    const path = join(folder, "b.safetensors");
    const whole = await drawSamples(indifferent(), 3, settings);
    saveSet(path, firstOf(whole, 4));
    const grown = await keptSamples(path, indifferent, 3, { ...settings, sequences: 2 });
    expect([grown.ids, grown.nfe]).toEqual([whole.ids, whole.nfe]);
    expect(loadSet(path).ids).toHaveLength(7);
    expect((await keptSamples(path, indifferent, 3, { ...settings, samples: 2 })).ids).toEqual(whole.ids.slice(0, 2));
  });

  it("say that a file is damaged instead of taking half of it", async () => {
    const path = join(folder, "c.safetensors");
    writeFileSync(path, "half a file");
    await expect(keptSamples(path, indifferent, 3, settings)).rejects.toThrow("safetensors");
  });

  it("are kept, batch by batch, when the process is told to end in the middle of a later one", async () => {
    const path = join(folder, "d.safetensors");
    const whole = await drawSamples(indifferent(), 3, settings);
    const before = process.listeners("exit");
    const denoiser = indifferent();
    const drawn: number[] = [];
    const logits = denoiser.logits.bind(denoiser);
    denoiser.logits = async (...args) => {
      const [save] = process.listeners("exit").filter((listener) => !before.includes(listener));
      if (denoiser.calls > 3) save?.(143);
      drawn.push(loadSet(path).ids.length);
      return logits(...args);
    };
    await keptSamples(path, () => denoiser, 3, settings);
    expect([...new Set(drawn)]).toEqual([0, 3, 6]);
    expect(loadSet(path).ids).toEqual(whole.ids);
    expect(process.listeners("exit")).toEqual(before);
  });

  it("have a file of their own for each way of sampling, however many they are", () => {
    const identity = { checkpointHash: "a", length: 6, steps: 3 };
    const at = (more: object) => setPath(folder, identity, { ...settings, ...more });
    expect(at({ samples: 100, sequences: 1, sampler: "ancestral", topP: 1 })).toBe(at({}));
    const others = [
      { seed: 5 },
      { temperature: 0.9 },
      { topP: 0.9 },
      { sampler: "threshold" },
      { sampler: "threshold:0.8" },
    ];
    expect(new Set([at({}), ...others.map(at)]).size).toBe(6);
  });
});
