/**
 * @file The model of a checkpoint in fewer bytes: half precision, or a difference from another checkpoint's.
 *
 *   model.safetensors (F16)   ·   model.delta.br (the tensors of `delta.ts`, brotli)
 *
 * For what ships with the project. Such a checkpoint is known by the hash of the weights that it unpacks to, which are
 * compared with it on every load: a difference from other weights than those it was made from is told.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { userError } from "../../base/errors.js";
import type { TensorMap } from "../../base/tensor.js";
import { writeFileAtomic } from "../../files/atomic.js";
import { float32FromHalf, halfFromFloat32 } from "../safetensors/halfFloat.js";
import { parseSafetensors, readSafetensors, safetensorsBytes, writeSafetensors } from "../safetensors/safetensors.js";
import { decodeDelta, encodeDelta } from "./delta.js";

/** How the model of a checkpoint is written. */
export type Packing =
  | { readonly form: "half" }
  /** `base`: the folder of the other checkpoint, from this one's. */
  | { readonly form: "delta"; readonly base: string };

/** The file that holds the model. */
export const packedFile = ({ form }: Packing): string => (form === "half" ? "model.safetensors" : "model.delta.br");

/** Text and numbers that compress best: 16 MiB back, as much effort as there is. */
const brotli = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };

const halved = (weights: TensorMap): TensorMap =>
  Object.fromEntries(
    Object.entries(weights).map(([name, t]) => [
      name,
      t.dtype === "float32" ? { ...t, data: float32FromHalf(halfFromFloat32(t.data as Float32Array)) } : t,
    ]),
  );

/**
 * Writes the model's file into `folder` and gives the weights that reading it will give.
 *
 * @param baseOf the weights of the checkpoint in a folder given from this one's
 */
export function writePacked(
  folder: string,
  packing: Packing,
  weights: TensorMap,
  baseOf: (base: string) => TensorMap,
): TensorMap {
  const path = join(folder, packedFile(packing));
  if (packing.form === "half") {
    writeSafetensors(path, weights, {}, "F16");
    return halved(weights);
  }
  const base = baseOf(packing.base);
  const encoded = encodeDelta(base, weights);
  writeFileAtomic(path, [brotliCompressSync(safetensorsBytes(encoded), { params: brotli })]);
  return decodeDelta(base, encoded);
}

/** The weights in a packed model's file. Throws   UserError where it cannot be unpacked */
export function readPacked(folder: string, packing: Packing, baseOf: (base: string) => TensorMap): TensorMap {
  const path = join(folder, packedFile(packing));
  if (packing.form === "half") return readSafetensors(path).tensors;
  let bytes: Buffer;
  try {
    bytes = brotliDecompressSync(readFileSync(path));
  } catch (cause) {
    throw userError(path, "the file must be brotli", (cause as Error).message, "Fetch it again.", cause);
  }
  return decodeDelta(baseOf(packing.base), parseSafetensors(bytes, path));
}
