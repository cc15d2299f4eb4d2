#!/usr/bin/env node
/** @file What `node packages/core/dist/cli.js` starts: the program, once this Node is known to be recent enough. */
import { onRecentNode } from "./base/node.js";

onRecentNode("core", () => import("./program.js"));
