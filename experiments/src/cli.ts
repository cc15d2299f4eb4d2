#!/usr/bin/env node
/** @file The command line of `experiments`. */
import { runCli } from "@sdtt/core";
import { bench } from "./bench/command.js";
import { defaultExperiment } from "./defaultExperiment.js";
import { embedded } from "./embedded.js";
import { idealRound } from "./idealRound.js";
import { parity } from "./parity/parity.js";
import { realSize } from "./realSize/command.js";

const commands = [bench, defaultExperiment, embedded, idealRound, parity, realSize];

process.exitCode = await runCli("experiments", commands, process.argv.slice(2));
