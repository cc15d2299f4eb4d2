/**
 * @file Libraries that report to their makers are told not to, before any of them is loaded.
 *
 * onnxruntime 1.30 queues usage events under ~/.cache/Microsoft and sends them to mobile.events.data.microsoft.com. It
 * looks at the process's own environment, which only the main thread can change: a worker has a copy. So importing this
 * file sets the variable for this process, its threads and its children; what the user has set stays.
 */
import { isMainThread } from "node:worker_threads";
import { userError } from "./errors.js";

const variable = "ORT_DISABLE_TELEMETRY";

const wasSet = Boolean(process.env[variable]);
if (!wasSet) process.env[variable] = "1";

/**
 * Throws   UserError in a worker whose process was not told: the addon would report from here
 */
export function refuseReporting(): void {
  if (isMainThread || wasSet) return;
  const remedy = `Import @sdtt/core in the main thread before the worker is made, or set ${variable}=1.`;
  throw userError("onnxruntime", "its reports must be switched off before it loads", `no ${variable}`, remedy);
}
