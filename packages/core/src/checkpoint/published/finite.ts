/** @file Weights that are no numbers are refused where they come in and where they go out. */
import { userError } from "../../base/errors.js";
import type { Tensor } from "../../base/tensor.js";

/** Throws   UserError naming the tensor that holds a NaN or an infinity, and where in it */
export function checkFinite(where: string, name: string, { data }: Tensor): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      const remedy = "The weights are damaged or diverged: take others.";
      throw userError(where, `tensor ${name} must hold finite numbers`, `${data[i]} (element ${i})`, remedy);
    }
  }
}
