/** @file `@sdtt/core/nn`: parameters of layers, and losses over rows. */

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
