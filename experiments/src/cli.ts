#!/usr/bin/env node
/** @file The command line of `experiments`. */
import { runCli } from "@sdtt/core";
import { defaultExperiment } from "./defaultExperiment.js";
import { embedded } from "./embedded.js";
import { idealRound } from "./idealRound.js";
import { parity } from "./parity/parity.js";
import { realSize } from "./realSize/command.js";

const commands = [defaultExperiment, embedded, idealRound, parity, realSize];

process.exitCode = await runCli("experiments", commands, process.argv.slice(2));
