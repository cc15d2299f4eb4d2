/**
 * @file The table that must be complete: a kernel with a rule and without a case does not compile.
 */
import type { KernelName } from "../onnx/kernels/table.js";
import type { Case } from "./case.fixture.js";
import { elementwiseCases } from "./elementwise.fixture.js";
import { fusedCases } from "./layers.fixture.js";
import { reductionCases } from "./reductions.fixture.js";
import { shapeCases } from "./shapes.fixture.js";

export const kernelCases: Record<KernelName, readonly Case[]> = {
  ...elementwiseCases,
  ...reductionCases,
  ...shapeCases,
  ...fusedCases,
};
