/**
 * @file Whether the tensors of a file are those of an architecture, said in the words of the file.
 */
import { type Specs, sameShape, type TensorMap, userError } from "@sdtt/core";

/** Throws   UserError naming the first tensor that is missing, of another shape, or not known to the architecture */
export function checkWeights(where: string, tensors: TensorMap, specs: Specs): void {
  const remedy = "Check that configuration and weights belong together.";
  for (const [name, { shape }] of Object.entries(specs)) {
    const found = tensors[name];
    if (!found) throw userError(where, `there must be a tensor "${name}"`, "none", remedy);
    const ok = found.dtype === "float32" && sameShape(found.shape, shape);
    if (!ok) throw userError(where, `"${name}" must be float32 [${shape}]`, `${found.dtype} [${found.shape}]`, remedy);
  }
  const foreign = Object.keys(tensors).find((name) => !(name in specs));
  if (foreign) throw userError(where, "all tensors must belong to the model", `"${foreign}"`, remedy);
}
