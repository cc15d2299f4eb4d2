#!/usr/bin/env node
/** @file What `node experiments/dist/cli.js` starts: the program, once this Node is known to be recent enough. */
import { onRecentNode } from "@sdtt/core/node";

onRecentNode("experiments", () => import("./program.js"));
