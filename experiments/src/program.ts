/**
 * @file The command line of `experiments`.
 *
 * Only the module of the command that is asked for is loaded: all of them, with a server and charts, take longer than a
 * plan of 500 cells.
 */
import { type Command, runCli } from "@sdtt/core";

// biome-ignore lint/suspicious/noExplicitAny: commands of unlike schemas in one table
const commands: Readonly<Record<string, () => Promise<Command<any>>>> = {
  bench: async () => (await import("./bench/command.js")).bench,
  default: async () => (await import("./commands/defaultExperiment.js")).defaultExperiment,
  exact: async () => (await import("./studies/exact/command.js")).exact,
  embedded: async () => (await import("./assets/embedded.js")).embedded,
  "ideal-round": async () => (await import("./commands/idealRound.js")).idealRound,
  parity: async () => (await import("./parity/parity.js")).parity,
  "real-size": async () => (await import("./bench/realSize/command.js")).realSize,
  plan: async () => (await import("./commands/planCommand.js")).plan,
  sweep: async () => (await import("./commands/sweepCommand.js")).sweepCommand,
  status: async () => (await import("./commands/statusCommand.js")).status,
  retry: async () => (await import("./commands/changeCommands.js")).retry,
  cancel: async () => (await import("./commands/changeCommands.js")).cancel,
  export: async () => (await import("./commands/exportCommand.js")).exportCommand,
  reproduce: async () => (await import("./commands/reproduceCommand.js")).reproduce,
  work: async () => (await import("./commands/workCommand.js")).work,
};

const argv = process.argv.slice(2);
const asked = Object.entries(commands).filter(([name]) => name === argv[0]);
const wanted = asked.length > 0 ? asked : Object.entries(commands);
const code = await runCli("experiments", await Promise.all(wanted.map(([, load]) => load())), argv);
// A command that ends in good order may still have set the code: cells that failed, values that differ.
process.exitCode ||= code;
