/**
 * @file The dashboard's command line: `node packages/dashboard/dist/cli.js serve`.
 */
import { runCli } from "@sdtt/core/store";
import { generateCommand, measureCommand, plotCommand, reportCommand, serveCommand, tableCommand } from "./commands.js";

process.exitCode = await runCli(
  "dashboard",
  [serveCommand, plotCommand, tableCommand, reportCommand, generateCommand, measureCommand],
  process.argv.slice(2),
);
