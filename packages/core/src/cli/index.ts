/** @file Command lines: declared once by a zod object, run by `runCli`. */
export { type Command, type CommandContext, commonFlags, defineCommand } from "./command.js";
export { type Flag, flagsOf, kebabCase, repeated, repeatedPaths } from "./flags.js";
export { heedGoneReaders, isReaderGone } from "./goneReader.js";
export { newName, theirName } from "./names.js";
export { type Commands, runProgram } from "./program.js";
export { quoted } from "./quoted.js";
export { rootFolder } from "./rootFolder.js";
export { type Output, runCli } from "./run.js";
export { nearest } from "./suggest.js";
export { swallowedByNx } from "./swallowed.js";
export { alignTable, markdownRows } from "./table.js";
