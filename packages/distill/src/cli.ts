#!/usr/bin/env node
/** @file The command line of `@sdtt/distill`. */
import { runCli } from "@sdtt/core";
import { prepare } from "./prepare.js";
import { pretrain } from "./pretrain.js";
import { round } from "./round.js";

process.exitCode = await runCli("distill", [prepare, pretrain, round], process.argv.slice(2));
