/**
 * @file A whole file beside shards: one of the two may be a leftover, and nothing tells which.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { float32, type Tensor, type TensorMap } from "../../base/tensor.js";
import { weightsHash, writeSafetensors } from "../safetensors/safetensors.js";
import { denoiser, denoiserFile, mdlmConfig, weightsOf, writeFolder, writeShards } from "./published.fixture.js";
import { readPublished } from "./read.js";

const root = mkdtempSync(join(tmpdir(), "twice-test-"));
afterAll(() => rmSync(root, { recursive: true }));
const folder = join(root, "model");
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  writeShards(folder, mdlmConfig, denoiserFile());
});
const norm = "backbone.blocks.1.norm1.weight";
const whole = (tensors: TensorMap) => writeSafetensors(join(folder, "model.safetensors"), tensors);

it("is read where both say the same", () => {
  whole(denoiserFile());
  expect(weightsHash(readPublished(folder).tensors)).toBe(weightsHash(weightsOf(denoiser)));
});

it("is read alone where only the index of the shards was left behind", () => {
  writeFolder(folder, mdlmConfig, denoiserFile());
  for (const i of [1, 2]) rmSync(join(folder, `model-0000${i}-of-00002.safetensors`));
  expect(weightsHash(readPublished(folder).tensors)).toBe(weightsHash(weightsOf(denoiser)));
});

const { [norm]: gone, ...fewer } = denoiserFile();
it.each<[string, TensorMap, string]>([
  ["lacks a tensor", fewer, `got ${norm} in the shards only`],
  ["has a tensor more", { ...denoiserFile(), extra: float32([1]) }, "got extra in the one file only"],
  ["has another shape", { ...denoiserFile(), [norm]: float32([4]) }, `got ${norm} as F32 [4] and as F32 [16]`],
  ["is another model's", { ...denoiserFile(), [norm]: float32([16]) }, `got other numbers in ${norm}`],
])("is refused where the whole file %s", (_, tensors, got) => {
  whole(tensors as Record<string, Tensor>);
  expect(() => readPublished(folder)).toThrow("model.safetensors and the shards beside it must hold the same");
  expect(() => readPublished(folder)).toThrow(`${got}. Remove the one that is not meant.`);
  expect(gone).toBeDefined();
});
