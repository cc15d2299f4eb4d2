#!/usr/bin/env node
/** @file The command line of `experiments`. */
import { runCli } from "@sdtt/core";
import { bench } from "./bench/command.js";
import { defaultExperiment } from "./defaultExperiment.js";
import { embedded } from "./embedded.js";
import { idealRound } from "./idealRound.js";
import { parity } from "./parity/parity.js";
import { realSize } from "./realSize/command.js";
import { sweepCommands } from "./sweep/commands.js";

const commands = [bench, defaultExperiment, embedded, idealRound, parity, realSize, ...sweepCommands];

// A command that ends in good order may still have set the code: cells that failed, values that differ.
const code = await runCli("experiments", commands, process.argv.slice(2));
process.exitCode ||= code;
