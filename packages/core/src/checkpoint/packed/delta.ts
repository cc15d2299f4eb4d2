/**
 * @file Weights as a difference from others, with few bits a value: a student beside the teacher it began as.
 *
 * A round moves weights by a little, so that a difference in 63 levels a row costs a third of a byte more than nothing
 * and is off by less than a hundredth of the largest move in its row. Vectors (gains, biases) are kept as they are.
 * Decoding is float32 arithmetic in one order: the same bytes on every machine, which the checkpoint's hash confirms.
 * Rejected: half precision for every round, 2 bytes a value.
 */
import { userError } from "../../base/errors.js";
import { float32, type Tensor, type TensorMap, tensor } from "../../base/tensor.js";

/** Levels on either side of no difference. */
const levels = 31;
const zero = 128;

const isMatrix = ({ shape }: Tensor): boolean => shape.length >= 2;

/** Levels and the size of one for each row. Shapes   base, value [rows, …] → bytes [rows, …] · sizes [rows] */
function encodeMatrix(base: Float32Array, value: Tensor): { bytes: Uint8Array; sizes: Float32Array } {
  const data = value.data as Float32Array;
  const rows = value.shape[0] as number;
  const width = data.length / rows;
  const bytes = new Uint8Array(data.length);
  const sizes = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let most = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      most = Math.max(most, Math.abs((data[i] as number) - (base[i] as number)));
    }
    const size = Math.fround(most / levels);
    sizes[row] = size;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const difference = (data[i] as number) - (base[i] as number);
      bytes[i] = zero + (size === 0 ? 0 : Math.round(difference / size));
    }
  }
  return { bytes, sizes };
}

function decodeMatrix(base: Float32Array, bytes: Uint8Array, sizes: Float32Array): Float32Array {
  const width = bytes.length / sizes.length;
  return base.map((value, i) => {
    const difference = Math.fround((sizes[Math.floor(i / width)] as number) * ((bytes[i] as number) - zero));
    return value + difference;
  });
}

/** Tensors that `decodeDelta` makes `weights` of again, nearly, given `base`. */
export function encodeDelta(base: TensorMap, weights: TensorMap): TensorMap {
  const encoded: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(weights)) {
    const before = base[name];
    if (!before) throw userError("delta", `the base must have "${name}"`, "none", "Give the model it began as.");
    if (!isMatrix(value)) {
      encoded[`values/${name}`] = value;
      continue;
    }
    const { bytes, sizes } = encodeMatrix(before.data as Float32Array, value);
    encoded[`levels/${name}`] = tensor("bool", value.shape, bytes);
    encoded[`sizes/${name}`] = float32([sizes.length], sizes);
  }
  return encoded;
}

/** Holds    the same base and bytes give the same weights on every machine */
export function decodeDelta(base: TensorMap, encoded: TensorMap): TensorMap {
  const weights: Record<string, Tensor> = {};
  for (const [key, value] of Object.entries(encoded)) {
    const name = key.slice(key.indexOf("/") + 1);
    if (key.startsWith("values/")) weights[name] = value;
    if (!key.startsWith("levels/")) continue;
    const sizes = encoded[`sizes/${name}`]?.data as Float32Array;
    const before = base[name]?.data as Float32Array;
    weights[name] = float32(value.shape, decodeMatrix(before, value.data as Uint8Array, sizes));
  }
  return weights;
}
