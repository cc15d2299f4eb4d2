#!/usr/bin/env node
/** @file The command line of `@sdtt/core`. */
import { bench } from "./bench.js";
import { runCli } from "./cli/index.js";
import { doctor } from "./doctor.js";
import { exportCheckpoint } from "./export.js";
import { importCheckpoint } from "./import.js";
import { storeCommands } from "./store/commands.js";

const commands = [bench, doctor, importCheckpoint, exportCheckpoint, ...storeCommands];

process.exitCode = await runCli("core", commands, process.argv.slice(2));
