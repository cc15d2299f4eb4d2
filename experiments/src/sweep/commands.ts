/** @file The commands about sweeps. */
import { cancel, retry } from "./changeCommands.js";
import { exportCommand } from "./exportCommand.js";
import { plan } from "./planCommand.js";
import { reproduce } from "./reproduceCommand.js";
import { status } from "./statusCommand.js";
import { sweepCommand } from "./sweepCommand.js";
import { work } from "./workCommand.js";

export const sweepCommands = [plan, sweepCommand, status, retry, cancel, exportCommand, reproduce, work];
