/** @file The command line of `@sdtt/distill`. */
import { runProgram } from "@sdtt/core/cli";

await runProgram("distill", {
  prepare: async () => (await import("./commands/prepare.js")).prepare,
  pretrain: async () => (await import("./commands/pretrain.js")).pretrain,
  round: async () => (await import("./commands/round.js")).round,
});
