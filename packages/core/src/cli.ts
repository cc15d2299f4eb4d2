#!/usr/bin/env node
/** @file The command line of `@sdtt/core`. */
import { runCli } from "./cli/index.js";
import { doctor } from "./doctor.js";
import { exportCheckpoint } from "./export.js";
import { importCheckpoint } from "./import.js";
import { sampleText } from "./sample.js";
import { storeCommands } from "./store/commands.js";

const commands = [doctor, importCheckpoint, exportCheckpoint, sampleText, ...storeCommands];

process.exitCode = await runCli("core", commands, process.argv.slice(2));
