/** @file Arrays in NumPy's format: version 1, little-endian float32 in C order, as the fixtures have them. */
import { float32, sizeOf, type Tensor, userError } from "@sdtt/core/base";

/** Throws   UserError for any other format, and for a file that is cut off */
export function parseNpy(path: string, bytes: Buffer): Tensor {
  const dataAt = bytes.length < 10 ? bytes.length : 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, dataAt);
  const known = bytes.toString("latin1", 0, 6) === "\x93NUMPY" && bytes[6] === 1;
  if (!known || !header.includes("'<f4'") || !header.includes("'fortran_order': False")) {
    const got = header.trim() || `${bytes.length} bytes`;
    throw userError("parity", `${path} must be NumPy float32, C order`, got, "Save it with numpy.save.");
  }
  const axes = /'shape': \(([^)]*)\)/.exec(header)?.[1] ?? "";
  const given = axes.split(",").filter((axis) => axis.trim() !== "");
  const shape = given.map(Number);
  const data = bytes.subarray(dataAt);
  if (data.length !== 4 * sizeOf(shape)) {
    throw userError("parity", `${path} must hold [${shape}]`, `${data.length} bytes`, "Copy the file again.");
  }
  return float32(shape, new Float32Array(Uint8Array.from(data).buffer));
}
