#!/usr/bin/env node
/** @file What `node packages/eval/dist/cli.js` starts: the program, once this Node is known to be recent enough. */
import { onRecentNode } from "@sdtt/core/node";

onRecentNode("eval", () => import("./program.js"));
