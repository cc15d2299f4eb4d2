/** @file The command line of `@sdtt/core`. */
import { type Commands, runProgram } from "./cli/program.js";

const storeCommand = async (name: string) => {
  const { storeCommands } = await import("./store/commands.js");
  return storeCommands.find((command) => command.name === name) as (typeof storeCommands)[number];
};
const storeNames = ["store-check", "store-backup", "store-merge", "store-migrate", "store-scrub", "log", "log-import"];

const commands: Commands = {
  doctor: async () => (await import("./commands/doctor.js")).doctor,
  import: async () => (await import("./commands/import.js")).importCheckpoint,
  export: async () => (await import("./commands/export.js")).exportCheckpoint,
  sample: async () => (await import("./commands/sample.js")).sampleText,
  play: async () => (await import("./commands/play.js")).playText,
  "tensorflow-setup": async () => (await import("./commands/tensorflowSetup.js")).tensorflowSetup,
  ...Object.fromEntries(storeNames.map((name) => [name, () => storeCommand(name)])),
};

await runProgram("core", commands);
