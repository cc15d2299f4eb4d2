/**
 * @file `@sdtt/core/store`: all that other packages may see of the store, and all of core that the dashboard may see
 * (hence errors, command lines and whole files, which come without engines, models and tokenizers).
 */

export { UserError, userError } from "../base/errors.js";
export {
  type Command,
  type CommandContext,
  defineCommand,
  newName,
  repeated,
  repeatedPaths,
  rootFolder,
  runCli,
  runProgram,
} from "../cli/index.js";
export { writeFileAtomic } from "../files/atomic.js";
export { checkStore, isRecorded, type StoreCheck } from "./check.js";
export { storeCommands } from "./commands.js";
export { evaluationKey } from "./encode.js";
export { addKnown, type Known, knownOf, readKnown, writeKnown } from "./known.js";
export { backUpStore, migrateStore } from "./maintain.js";
export { type MergeReport, mergeStore } from "./merge.js";
export { openStore, type Store } from "./open.js";
export { incidentalKeys, type Origin, originsOf } from "./origins.js";
export type * from "./overview.js";
export type * from "./read.js";
export type * from "./rows.js";
export { controlNames } from "./schema.js";
export type { StoreWriter } from "./write.js";
