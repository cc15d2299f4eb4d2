/**
 * @file A package's command line: loads the module of the command that is asked for, and no other.
 *
 * All commands of a package take a second to load, with engines, a server and charts.
 */
import type { Command } from "./command.js";
import { heedGoneReaders } from "./goneReader.js";
import { runCli } from "./run.js";

// biome-ignore lint/suspicious/noExplicitAny: commands of unlike schemas in one table
export type Commands = Readonly<Record<string, () => Promise<Command<any>>>>;

/** Runs what the process was started for, and sets its exit code. */
export async function runProgram(program: string, commands: Commands, argv = process.argv.slice(2)): Promise<void> {
  heedGoneReaders();
  const [name = ""] = argv;
  const wanted = Object.hasOwn(commands, name) ? [commands[name] as Commands[string]] : Object.values(commands);
  const code = await runCli(program, await Promise.all(wanted.map((load) => load())), argv);
  // A command that ends in good order may still have set the code: cells that failed, values that differ.
  process.exitCode ||= code;
}
