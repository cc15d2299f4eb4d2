/**
 * @file A folder that holds its weights twice, as one file and in shards: read where both say the same, refused where not.
 *
 * One of the two may be left over from another save, and nothing tells which: taking either could be the wrong model
 * without a word.
 */
import { userError } from "../../base/errors.js";
import type { Tensor } from "../../base/tensor.js";
import { bytesOf } from "../../files/atomic.js";
import type { StoredTensor, WeightFiles } from "./stored.js";

const described = ({ stored, shape }: StoredTensor): string => `${stored} [${shape}]`;

function contradiction(where: string, got: string): Error {
  const rule = "model.safetensors and the shards beside it must hold the same";
  return userError(where, rule, got, "Remove the one that is not meant.");
}

/** Reads from the whole file, each tensor held against the shards' own. */
function checked(where: string, whole: StoredTensor, shard: StoredTensor): StoredTensor {
  const { read } = whole;
  if (!read) return whole;
  const agreeing = (): Tensor => {
    const tensor = read();
    const other = (shard.read as () => Tensor)();
    if (Buffer.compare(bytesOf(tensor.data), bytesOf(other.data)) === 0) return tensor;
    throw contradiction(where, `other numbers in ${whole.name}`);
  };
  return { ...whole, read: agreeing };
}

/** Throws   UserError for a tensor that only one of them has, or has otherwise */
export function heldAgainst(folder: string, whole: WeightFiles, shards: WeightFiles): WeightFiles {
  const where = `weights ${folder}`;
  const inShards = new Map(shards.tensors.map((tensor) => [tensor.name, tensor]));
  const tensors = whole.tensors.map((tensor) => {
    const other = inShards.get(tensor.name);
    inShards.delete(tensor.name);
    if (!other) throw contradiction(where, `${tensor.name} in the one file only`);
    if (described(other) === described(tensor)) return checked(where, tensor, other);
    throw contradiction(where, `${tensor.name} as ${described(tensor)} and as ${described(other)}`);
  });
  const [left] = inShards.keys();
  if (left !== undefined) throw contradiction(where, `${left} in the shards only`);
  const close = () => {
    whole.close();
    shards.close();
  };
  return { ...whole, tensors, close };
}
