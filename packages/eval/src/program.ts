/** @file The command line of `@sdtt/eval`: `node packages/eval/dist/cli.js curve`. */
import { runProgram } from "@sdtt/core/cli";

await runProgram("eval", {
  calibrate: async () => (await import("./commands/calibrate.js")).calibrate,
  curve: async () => (await import("./commands/curve.js")).curve,
  datastore: async () => (await import("./commands/datastore.js")).datastore,
  forecast: async () => (await import("./commands/forecast.js")).forecast,
  frontier: async () => (await import("./commands/frontier.js")).frontier,
  lambada: async () => (await import("./commands/lambada.js")).lambada,
  latency: async () => (await import("./commands/latency.js")).latency,
  merge: async () => (await import("./commands/merge.js")).merge,
  reference: async () => (await import("./commands/reference.js")).reference,
  report: async () => (await import("./commands/report.js")).report,
  "sampler-times": async () => (await import("./commands/samplerTimes.js")).samplerTimes,
  story: async () => (await import("./commands/story.js")).story,
});
