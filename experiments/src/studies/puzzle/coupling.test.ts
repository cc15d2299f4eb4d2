/** @file Coupled draws: the noise of a row gives the row, and the noise of the world's rows is even. */

import { randomStream } from "@sdtt/core/base";
import { openEngine } from "@sdtt/core/engine";
import { ditPreset } from "@sdtt/core/model";
import type { Denoiser } from "@sdtt/core/sampler";
import { firstBatch } from "@sdtt/core/text";
import { describe, expect, it } from "vitest";
import { parity } from "../exact/joints.js";
import { shardOf, type World } from "../world.js";
import { arOf, couplingTask, drawCoupled, noiseOf, rowOfNoise } from "./coupling.js";
import { openPuzzle } from "./squares.js";
import { tallyOf } from "./tally.js";

const latin = openPuzzle("latin3");

/** Knows the whole row from the noise that it is told: what a student can come to at most, with B parts. */
function oracleOf(world: World, bins: number): Denoiser {
  const ar = arOf(world);
  const { tokens, length } = world;
  return {
    ...{ vocabSize: tokens + bins + 1, maskId: tokens + bins, length, dispose() {} },
    async logits(ids, _, positions) {
      const logits = new Float32Array(positions.length * (tokens + bins + 1)).fill(-1e4);
      positions.forEach((position, n) => {
        const start = position - (position % length);
        const told = ids.subarray(start, start + length);
        const noise = Float64Array.from(told, (id) => (id < tokens ? 0 : (id - tokens + 0.5) / bins));
        const row = new Uint8Array(length);
        for (let i = 0; i < length; i++) {
          const id = told[i] as number;
          row[i] = id < tokens ? id : (rowOfNoise((_, j) => ar(row, j), noise)[i] as number);
        }
        logits[n * (tokens + bins + 1) + (row[position % length] as number)] = 0;
      });
      return logits;
    },
  };
}

describe("coupled draws", () => {
  it.each([latin, parity])("the noise of a row gives the row, and that of all rows is even ($name)", (world) => {
    const ar = arOf(world);
    const random = randomStream(3, "noise");
    const parts = new Float64Array(12);
    const draws = 200;
    world.rows.forEach((row, n) => {
      for (let i = 0; i < draws; i++) {
        const noise = noiseOf(ar, row, random);
        expect([...rowOfNoise(ar, noise)]).toEqual([...row]);
        for (const u of noise) {
          const part = Math.floor(12 * u);
          parts[part] = (parts[part] as number) + (world.probabilities[n] as number) / (draws * world.length);
        }
      }
    });
    for (const share of parts) expect(Math.abs(share - 1 / 12)).toBeLessThan(0.012);
  });

  it("a student that knows the row from its noise draws valid rows alone in one step, all of them alike", async () => {
    for (const steps of [1, 3]) {
      const rows = await drawCoupled(oracleOf(latin, 12), latin, 12, steps, { samples: 600, seed: 2 });
      const { valid, distinct, entropy } = tallyOf(latin, rows);
      expect([valid, distinct]).toEqual([600, 12]);
      expect(entropy).toBeGreaterThan(Math.log(12) - 0.03);
    }
  });

  it("a batch tells noise where SDTT's has masks, the same at every call and in every microbatch", async () => {
    await openEngine("reference");
    const model = ditPreset("embedded", { vocabSize: 3 + 12 + 1, length: 9, width: 8, blocks: 1, heads: 2 });
    const data = { shard: shardOf(latin), sequences: 4, length: 9, seed: 5 };
    const partsOf = async (microbatch?: number) => {
      const { parts } = await couplingTask(latin, model, { ...data, microbatch }, 12, 1).batch(2, firstBatch);
      return Promise.all(parts.map((part) => part()));
    };
    const [whole] = await partsOf();
    const again = await partsOf();
    expect(again[0]?.inputs).toEqual(whole?.inputs);
    const ids = (await partsOf(2)).flatMap(({ inputs }) => [...(inputs.ids?.data ?? [])]);
    expect(ids).toEqual([...(whole?.inputs.ids?.data ?? [])]);
    expect(ids.some((id) => Number(id) >= 3)).toBe(true);
    expect(ids).not.toContain(15);
  });
});
