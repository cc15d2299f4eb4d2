/** @file The command line of `@sdtt/eval`: `node packages/eval/dist/cli.js curve`. */
import { runCli } from "@sdtt/core";
import { curve, frontier, lambada, latency, reference, report } from "./commands/index.js";

process.exitCode = await runCli("eval", [curve, frontier, lambada, latency, reference, report], process.argv.slice(2));
