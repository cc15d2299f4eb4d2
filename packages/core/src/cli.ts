#!/usr/bin/env node
/** @file The command line of `@sdtt/core`. */
import { runCli } from "./cli/index.js";
import { doctor } from "./doctor.js";
import { exportCheckpoint } from "./export.js";
import { importCheckpoint } from "./import.js";

process.exitCode = await runCli("core", [doctor, importCheckpoint, exportCheckpoint], process.argv.slice(2));
