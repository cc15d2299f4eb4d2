/** @file `@sdtt/core/nn`: layers, their parameters, and losses over rows. */

export { attention } from "./attention.js";
export { rowsOf } from "./embedding.js";
export { gelu } from "./gelu.js";
export { layerNorm } from "./layerNorm.js";
export { linear } from "./linear.js";
export { logSoftmax, nll } from "./logSoftmax.js";
export {
  type Initial,
  initialise,
  type Parameter,
  type Parameters,
  parameterCount,
  specsOf,
  zerosLike,
} from "./params.js";
export { type RowLoss, weightedRowLoss } from "./rowLoss.js";
