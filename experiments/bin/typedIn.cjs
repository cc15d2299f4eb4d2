/**
 * @file Where a command was typed, as npx may have gone elsewhere since: into the folder of the package around it.
 */
const { existsSync } = require("node:fs");
const { sep } = require("node:path");

/** The folder in which `npx PROGRAM` was typed; where the process is, for everything else. */
exports.typedIn = (program) => {
  const here = process.cwd();
  const { INIT_CWD: typed, npm_lifecycle_event: event, npm_lifecycle_script: script = "" } = process.env;
  const isNpx = event === "npx" && new RegExp(`^["']?${program}\\b`).test(script);
  return isNpx && typed?.startsWith(here + sep) && existsSync(typed) ? typed : here;
};
