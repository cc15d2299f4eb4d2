#!/usr/bin/env node
/** @file The command line of `@sdtt/core`. */
import { runCli } from "./cli/index.js";
import { doctor } from "./doctor.js";

process.exitCode = await runCli("core", [doctor], process.argv.slice(2));
