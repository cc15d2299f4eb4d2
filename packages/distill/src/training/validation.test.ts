/**
 * @file The validation loss against the bound itself: a model whose NLL depends on the number of masks only.
 */
import { openEngine } from "@sdtt/core/engine";
import { modelParameters } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import type { Shard } from "@sdtt/core/text";
import { describe, expect, it } from "vitest";
import { tinyModel } from "../tiny.fixture.js";
import { validationNames, validationOf, validator } from "./validation.js";

const engine = await openEngine("reference");
const random = (size: number) => Uint16Array.from({ length: size }, (_, i) => (i * i * 7 + i) % 8);
const shard: Shard = { ids: random(400), count: 400, vocabSize: 8, tokenizerHash: "", corpusHash: "" };
const data = { shard, sequences: 4, length: tinyModel.length, seed: 1 };
const weights = initialise(modelParameters(tinyModel), 3);

/** All tokens alike: whatever is masked, each costs ln 8. */
const uniform = Object.fromEntries(
  Object.entries(weights).map(([name, t]) => [
    name,
    name.startsWith("output_layer.linear") ? { ...t, data: new Float32Array(t.data.length) } : t,
  ]),
);

describe("the validation loss", () => {
  it("by count is exactly ln 8 of a model that knows nothing, where that by time has the noise of the count", async () => {
    const lossOf = (definition: (typeof validationNames)[number]) =>
      validator(engine, tinyModel, data, 8, { batches: 6, definition }).loss(uniform);
    expect(await lossOf("nelbo@2")).toBeCloseTo(Math.log(8), 5);
    expect(Math.abs((await lossOf("nelbo@1")) - Math.log(8))).toBeGreaterThan(0.005);
  });

  it.each(validationNames)(
    "is the same at every call, whatever was asked before, and whatever the run's seed (%s)",
    async (definition) => {
      const model = definition.startsWith("next") ? { ...tinyModel, causal: true } : tinyModel;
      const one = validator(engine, model, data, 8, { batches: 3, definition });
      const first = await one.loss(weights);
      await one.loss(uniform);
      expect(await one.loss(weights)).toBe(first);
      expect(await validator(engine, model, { ...data, seed: 9 }, 8, { batches: 3, definition }).loss(weights)).toBe(
        first,
      );
    },
  );

  it("does not depend on the microbatch", async () => {
    const whole = await validator(engine, tinyModel, data, 8, { batches: 3 }).loss(weights);
    const parts = await validator(engine, tinyModel, { ...data, microbatch: 2 }, 8, { batches: 3 }).loss(weights);
    expect(parts).toBeCloseTo(whole, 5);
  });

  it("is by count for a denoiser and of the next token for what reads from left to right", () => {
    expect(validationOf(tinyModel)).toBe("nelbo@2");
    expect(validationOf({ ...tinyModel, causal: true })).toBe("next-token-nll@1");
  });
});
