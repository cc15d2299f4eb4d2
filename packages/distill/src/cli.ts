#!/usr/bin/env node
/** @file The command line of `@sdtt/distill`. */
import { runCli } from "@sdtt/core";
import { prepare } from "./prepare.js";
import { pretrain } from "./pretrain.js";

process.exitCode = await runCli("distill", [prepare, pretrain], process.argv.slice(2));
