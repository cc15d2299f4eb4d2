/** @file The command line of `@sdtt/distill`. */
import { runCli } from "@sdtt/core";
import { prepare } from "./commands/prepare.js";
import { pretrain } from "./commands/pretrain.js";
import { round } from "./commands/round.js";

process.exitCode = await runCli("distill", [prepare, pretrain, round], process.argv.slice(2));
