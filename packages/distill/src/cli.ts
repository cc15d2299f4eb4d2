#!/usr/bin/env node
/** @file The command line of `@sdtt/distill`. */
import { runCli } from "@sdtt/core";
import { exact } from "./exact/command.js";
import { prepare } from "./prepare.js";
import { pretrain } from "./pretrain.js";
import { round } from "./round.js";

process.exitCode = await runCli("distill", [prepare, pretrain, round, exact], process.argv.slice(2));
