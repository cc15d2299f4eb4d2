#!/usr/bin/env node
/** @file What `node packages/dashboard/dist/cli.js` starts: the program, once this Node is known to be recent enough. */
import { onRecentNode } from "@sdtt/core/node";

onRecentNode("dashboard", () => import("./program.js"));
