/** @file `@sdtt/core/engine`: what compiles a function on tensors and runs it. */

import "../base/silence.js";

export {
  type CompileOptions,
  checkLoaded,
  checkTensors,
  type Engine,
  type EngineName,
  engineNames,
  type LoadOptions,
  type Program,
  type ResultMemory,
  type Signature,
  type TensorFunction,
} from "./contract.js";
export {
  type Device,
  devices,
  type EngineChoice,
  type EngineOptions,
  engineChoices,
  engineReports,
  openEngine,
} from "./open.js";
export { engineFlags, productsFlag } from "./options.js";
export type { EngineReport } from "./process.js";
