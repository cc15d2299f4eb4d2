/**
 * @file The table that must be complete: a kernel with a rule and without a case does not compile.
 */
import type { KernelName } from "../onnx/kernels.js";
import type { Case } from "./case.js";
import { elementwiseCases } from "./elementwise.js";
import { fusedCases } from "./layers.js";
import { reductionCases } from "./reductions.js";
import { shapeCases } from "./shapes.js";

export const kernelCases: Record<KernelName, readonly Case[]> = {
  ...elementwiseCases,
  ...reductionCases,
  ...shapeCases,
  ...fusedCases,
};
