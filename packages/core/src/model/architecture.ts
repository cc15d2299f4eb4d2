/**
 * @file A denoiser of one's own: a file that `pretrain --architecture` names, whose default export is what `defineArchitecture` gives.
 *
 * Its checkpoints say which file and of what content (`mine.ts#1a2b3c4d5e6f`), and are opened with that file alone. The vocabulary
 * head is apart from the rest, because it is worth its cost only at positions that are asked about.
 */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import type * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import type { TensorsByName } from "../base/tensor.js";
import { exportNow, pinned } from "../files/ownModule.js";
import type { Parameters } from "../nn/params.js";

export interface OwnConfig {
  /** Path and hash of the file. */
  readonly architecture: string;
  /** V, the mask token, which is the last, included. */
  readonly vocabSize: number;
  /** D, of what the head reads. */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly length: number;
}

export interface Architecture {
  /** Every parameter by name, with its shape and how it begins. */
  parameters(config: OwnConfig): Parameters;
  /**
   * What the head reads, in operations of tfjs-core.
   *
   * Shapes   ids [B, L] int32, L at most `config.length` → [B·L, D]
   * Holds    a row does not depend on the others
   */
  hidden(params: TensorsByName, config: OwnConfig, ids: tf.Tensor): tf.Tensor;
  /** Shapes   h [N, D] → [N, V] */
  logits(params: TensorsByName, config: OwnConfig, h: tf.Tensor): tf.Tensor;
}

/** Gives an architecture its types. */
export const defineArchitecture = (architecture: Architecture): Architecture => architecture;

const isFunction = z.custom((value) => typeof value === "function", "must be a function");
const schema = z.object({ parameters: isFunction, hidden: isFunction, logits: isFunction });
const remedy = "Its default export must be an architecture (docs/extending.md).";
/** By path and hash: a file is read once. */
const known = new Map<string, Architecture>();

/**
 * The architecture that a checkpoint names: from where the file lay, or of its name in the working directory.
 *
 * Throws   UserError where the file is gone, is of another content, or gives something else
 */
export function architectureOf({ architecture }: Pick<OwnConfig, "architecture">): Architecture {
  const found = known.get(architecture) ?? loaded(architecture);
  known.set(architecture, found);
  return found;
}

function loaded(text: string): Architecture {
  const [, path = text, hash = ""] = /^(.*)(#[0-9a-f]{12})$/.exec(text) ?? [];
  const place = existsSync(path) ? text : basename(path) + hash;
  return exportNow("architecture", pinned("architecture", place), schema, remedy);
}
