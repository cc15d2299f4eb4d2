#!/usr/bin/env node
/** @file The command line of `experiments`. */
import { runCli } from "@sdtt/core";
import { defaultExperiment } from "./defaultExperiment.js";
import { embedded } from "./embedded.js";
import { realSize } from "./realSize/command.js";

process.exitCode = await runCli("experiments", [defaultExperiment, embedded, realSize], process.argv.slice(2));
