/** @file A tabular denoiser as samplers and targets see one. */
import type { Denoiser } from "@sdtt/core/sampler";
import { stateOf } from "./space.js";
import { rowOf, type Table } from "./table.js";

export function tableDenoiser({ space, p }: Table): Denoiser {
  const { tokens, length } = space;
  return {
    ...{ vocabSize: tokens + 1, maskId: tokens, length, dispose() {} },
    async logits(xt, _, positions) {
      const at = (i: number) => {
        const state = stateOf(space, xt.subarray(i - (i % length), i - (i % length) + length));
        const row = rowOf(space, state, i % length);
        return [...p.subarray(row, row + tokens).map(Math.log), 0];
      };
      return Float32Array.from(positions.flatMap(at));
    },
  };
}
