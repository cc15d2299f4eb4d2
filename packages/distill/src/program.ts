/** @file The command line of `@sdtt/distill`. */
import { runCli } from "@sdtt/core";
import { prepare } from "./commands/prepare.js";
import { pretrain } from "./commands/pretrain.js";
import { round } from "./commands/round.js";
import { exact } from "./exact/command.js";

process.exitCode = await runCli("distill", [prepare, pretrain, round, exact], process.argv.slice(2));
