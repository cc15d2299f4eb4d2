/**
 * @file Reads a published folder into a model and its tensors, float32 and by our names.
 */
import { userError } from "../../base/errors.js";
import { sameShape, type Tensor, type TensorMap } from "../../base/tensor.js";
import type { ModelConfig } from "../../model/presets.js";
import { readConfig } from "./config.js";
import { checkFinite } from "./finite.js";
import type { PublishedFormat, PublishedName, Redundant } from "./format.js";
import { formatOf, publishedFormats } from "./formats.js";
import { type Mapped, type Mapping, mapTensors } from "./mapping.js";
import type { StoredTensor, WeightFiles } from "./stored.js";
import { openWeightFiles } from "./weightFiles.js";

export interface PublishedModel {
  readonly format: PublishedName;
  readonly model: ModelConfig;
  readonly tensors: TensorMap;
  readonly mapping: Mapping;
  /** Names within the folder that were read. */
  readonly files: readonly string[];
}

function readTensor(where: string, { name, read }: StoredTensor): Tensor {
  if (!read) throw new Error(`${name} is of a type that mapTensors should have refused`);
  const tensor = read();
  checkFinite(where, name, tensor);
  return tensor;
}

/** Holds a tensor that is dropped against what it must be, where that is known. */
function checkRedundant(
  where: string,
  { tensor: stored, redundant }: Mapped & { redundant: Redundant },
  model: ModelConfig,
  kept: TensorMap,
): void {
  const { tensor: expected, relative } = redundant.expected?.(model, kept) ?? {};
  if (!expected || relative === undefined) return;
  const { name, shape, read } = stored;
  const remedy = "Take a model of this architecture.";
  if (!read || !sameShape(shape, expected.shape)) {
    const rule = `tensor ${name} (${redundant.why}) must be [${expected.shape}], by config.json`;
    throw userError(where, rule, `${stored.stored} [${shape}]`, remedy);
  }
  const { data } = read();
  for (let i = 0; i < data.length; i++) {
    const [value, wanted] = [data[i], expected.data[i]] as [number, number];
    if (Math.abs(value - wanted) <= relative * Math.abs(wanted)) continue;
    const rule = `tensor ${name} must be ${redundant.why}: ${wanted} at element ${i}`;
    throw userError(where, rule, value, remedy);
  }
}

/** Shapes of the tensors by our names, tied ones under either. */
function shapeIn({ tensors }: WeightFiles, format: PublishedFormat, config: unknown) {
  const shapes = new Map(tensors.map(({ name, shape }) => [format.ourName(name), shape]));
  return (ours: string) => shapes.get(ours) ?? shapes.get(format.tied(ours, config) ?? "");
}

/**
 * Reads a model from a folder with config.json and safetensors.
 *
 * Holds    half precision is widened exactly; every tensor of the file is kept, or dropped by name
 * Throws   UserError when config, headers or numbers are not those of one model of a known architecture
 */
export function readPublished(folder: string, asked: PublishedName | "auto" = "auto"): PublishedModel {
  const where = `model ${folder}`;
  const config = readConfig(where, folder);
  const name = formatOf(where, config, asked);
  const format = publishedFormats[name];
  const weights = openWeightFiles(folder);
  try {
    const model = format.modelOf(config, where, shapeIn(weights, format, config));
    const mapping = mapTensors(where, format, model, weights.tensors, { config, metadata: weights.metadata });
    const tensors = Object.fromEntries(mapping.kept.map(({ ours, tensor }) => [ours, readTensor(where, tensor)]));
    for (const dropped of mapping.dropped) checkRedundant(where, dropped, model, tensors);
    return { format: name, model, tensors, mapping, files: ["config.json", ...weights.files] };
  } finally {
    weights.close();
  }
}

/**
 * The architecture of a folder's model, by its config.json alone where that says all; its weights may not be there yet.
 *
 * Throws   UserError when it is none that is computed here
 */
export function publishedArchitecture(folder: string, asked: PublishedName | "auto" = "auto"): ModelConfig {
  const where = `model ${folder}`;
  const config = readConfig(where, folder);
  const format = publishedFormats[formatOf(where, config, asked)];
  return format.modelOf(config, where, (ours) => {
    const weights = openWeightFiles(folder);
    weights.close();
    return shapeIn(weights, format, config)(ours);
  });
}
