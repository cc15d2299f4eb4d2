/** @file `@sdtt/core/base`: what everything stands on. */

export { Stopped, stopCode, stopSignalOf, UserError, userError } from "./errors.js";
export { reusedMemory } from "./memory.js";
export { availableThreads, threadsAtMost } from "./processors.js";
export { duration, type Progress, type ProgressOptions, type ProgressStream, startProgress } from "./progress.js";
export { type RandomStream, randomStream } from "./random.js";
export { redacted } from "./redact.js";
export { type StopRequests, stopRequests } from "./stopping.js";
export {
  type DType,
  float32,
  int32,
  type Spec,
  type Specs,
  sameShape,
  scalar,
  sizeOf,
  specsOfTensors,
  type Tensor,
  type TensorData,
  type TensorMap,
  tensor,
} from "./tensor.js";
export { type Delivery, type Message, notify, webhookVariable } from "./webhook.js";
