#!/usr/bin/env node
/** @file The command line of `experiments`. */
import { runCli } from "@sdtt/core";
import { embedded } from "./embedded.js";

process.exitCode = await runCli("experiments", [embedded], process.argv.slice(2));
