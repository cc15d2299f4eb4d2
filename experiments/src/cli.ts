#!/usr/bin/env node
/** @file The command line of `experiments`. */
import { runCli } from "@sdtt/core";
import { defaultExperiment } from "./defaultExperiment.js";
import { embedded } from "./embedded.js";
import { parity } from "./parity/parity.js";

process.exitCode = await runCli("experiments", [defaultExperiment, embedded, parity], process.argv.slice(2));
