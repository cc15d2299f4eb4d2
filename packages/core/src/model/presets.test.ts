import { describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { sizeOf } from "../base/tensor.js";
import { initialise, parameterCount, specsOf, zerosLike } from "../nn/params.js";
import { ditPreset, gpt2Preset, modelParameters } from "./presets.js";

const millions = (name: Parameters<typeof ditPreset>[0], vocabSize: number) =>
  parameterCount(modelParameters(ditPreset(name, { vocabSize }))) / 1e6;

describe("presets", () => {
  it("have the published numbers of parameters with GPT-2's vocabulary and the mask", () => {
    expect(millions("169m", 50_258)).toBeCloseTo(169.6, 0);
    expect(millions("424m", 50_258)).toBeCloseTo(424, -1);
    expect(millions("863m", 50_258)).toBeCloseTo(863, -1);
  });

  it("embed a model of 3 to 8 million parameters", () => {
    expect(millions("embedded", 1025)).toBeGreaterThan(3);
    expect(millions("embedded", 4097)).toBeLessThan(8);
  });

  it("have the size of GPT-2 for a judge of its shape", () => {
    const small = parameterCount(modelParameters(gpt2Preset("169m", 50_257)));
    expect(small).toBe(124_439_808);
  });

  it("take another shape where one is given, and their own where it is undefined", () => {
    const model = ditPreset("embedded", { vocabSize: 10, width: 32, heads: 2, blocks: 1, length: undefined });
    expect(model).toEqual({ ...ditPreset("embedded", { vocabSize: 10 }), width: 32, heads: 2, blocks: 1 });
    expect(gpt2Preset("169m", 10, { length: 16 })).toEqual({ ...gpt2Preset("169m", 10), length: 16 });
  });

  it("refuse heads that do not divide the width into even sizes", () => {
    const config = { ...ditPreset("embedded", { vocabSize: 10 }), heads: 3 };
    expect(() => modelParameters(config)).toThrow(UserError);
    expect(() => modelParameters(config)).toThrow(
      "model: width must be an even multiple of heads, got width 256, heads 3. Change one of them.",
    );
  });
});

describe("initialise", () => {
  const parameters = modelParameters({ ...ditPreset("embedded", { vocabSize: 65 }), width: 32, heads: 2, blocks: 2 });

  it("depends on the seed and the tensor's own name only", () => {
    const { "vocab_embed.embedding": embedding, ...others } = parameters;
    const whole = initialise(parameters, 4);
    expect(initialise(others, 4)["blocks.0.attn_qkv.weight"]).toEqual(whole["blocks.0.attn_qkv.weight"]);
    expect(initialise(parameters, 4)).toEqual(whole);
    expect(initialise(parameters, 5)["vocab_embed.embedding"]).not.toEqual(whole["vocab_embed.embedding"]);
    expect(whole["blocks.0.attn_qkv.weight"]?.data).not.toEqual(whole["blocks.1.attn_qkv.weight"]?.data);
    expect(embedding).toBeDefined();
  });

  it("gives matrices the spread 1/√fan-in, and every tensor its shape", () => {
    const tensors = initialise(parameters, 4);
    const { data } = tensors["blocks.0.mlp.0.weight"] as { data: Float32Array };
    const variance = data.reduce((sum, x) => sum + x * x, 0) / data.length;
    expect(variance * 32).toBeCloseTo(1, 1);
    for (const [name, { shape }] of Object.entries(parameters)) {
      expect(tensors[name]?.data.length, name).toBe(sizeOf(shape));
    }
  });

  it("starts adaLN as the identity: gates 1, shifts and scales 0", () => {
    const bias = initialise(parameters, 4)["blocks.1.adaLN_modulation.bias"]?.data as Float32Array;
    const parts = [0, 1, 2, 3, 4, 5].map((i) => [...new Set(bias.subarray(32 * i, 32 * i + 32))]);
    expect(parts).toEqual([[0], [0], [1], [0], [0], [1]]);
  });

  it("has zeros of the same names and shapes", () => {
    const zeros = zerosLike(specsOf(parameters));
    expect(Object.keys(zeros)).toEqual(Object.keys(parameters));
    expect(Object.values(zeros).every(({ data }) => data.every((x) => x === 0))).toBe(true);
  });
});
