/** @file The dashboard's command line: `node packages/dashboard/dist/cli.js serve`. */
import { runProgram } from "@sdtt/core/cli";

const module = () => import("./commands.js");

await runProgram("dashboard", {
  serve: async () => (await module()).serveCommand,
  plot: async () => (await module()).plotCommand,
  table: async () => (await module()).tableCommand,
  report: async () => (await module()).reportCommand,
  generate: async () => (await module()).generateCommand,
  measure: async () => (await module()).measureCommand,
});
