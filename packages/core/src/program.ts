/** @file The command line of `@sdtt/core`. */
import { runCli } from "./cli/index.js";
import { doctor } from "./commands/doctor.js";
import { exportCheckpoint } from "./commands/export.js";
import { importCheckpoint } from "./commands/import.js";
import { sampleText } from "./commands/sample.js";
import { tensorflowSetup } from "./commands/tensorflowSetup.js";
import { storeCommands } from "./store/commands.js";

const commands = [doctor, importCheckpoint, exportCheckpoint, sampleText, tensorflowSetup, ...storeCommands];

process.exitCode = await runCli("core", commands, process.argv.slice(2));
