/** @file What is known of a published folder's tensors before any of them is read. */
import type { Tensor } from "../../base/tensor.js";

export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** As the file says: F32, BF16, I64, … */
  readonly stored: string;
  /** Undefined where the type is not one that is read. */
  readonly read?: () => Tensor;
}

export interface WeightFiles {
  readonly tensors: readonly StoredTensor[];
  /** Names within the folder, the index included. */
  readonly files: readonly string[];
  /** What the files' headers say besides. */
  readonly metadata: Readonly<Record<string, string>>;
  close(): void;
}
