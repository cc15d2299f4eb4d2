/**
 * @file How a command is declared: a name, a zod object of options, and what it does.
 *
 * The schema is the only description of an option: its flag, its key in a config file, its default, its help text and
 * its check all come from it. Cross-field rules sit in `rules`, so that they run before anything is written.
 */
import type { z } from "zod";
import { flagsOf } from "./flags.js";
import { swallowedByNx } from "./swallowed.js";

/** Flags that every command has; an option may not take their names. */
export const commonFlags = {
  config: "a JSON file of options, by their names in camelCase; flags win over it",
  "print-config": "print the resolved options as JSON and stop",
  help: "print this text; =json for programs",
  version: "print the project's version",
} as const;

export interface CommandContext {
  /** The resolved options: what `--print-config` shows, and what a run stores. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly configHash: string;
  /** The arguments as given, command name first. */
  readonly argv: readonly string[];
}

export interface Command<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly summary: string;
  readonly options: S;
  /** The repeating option that takes words without a flag, as in `loss=0.5`; left out: such words are refused. */
  readonly words?: keyof z.output<S> & string;
  /**
   * The options with what earlier calls decided in the place of defaults; `given` are the keys that this call gives.
   * What it returns is what runs, what is recorded, and what `--print-config` shows.
   */
  recall?(options: z.output<S>, given: ReadonlySet<string>): z.output<S>;
  /** Throws a `UserError` for a combination of options that cannot be meant. */
  rules?(options: z.output<S>): void;
  run(options: z.output<S>, context: CommandContext): Promise<void>;
}

/**
 * Checks a command's declaration and returns it.
 *
 * Throws   Error when an option's flag is one that nx swallows, or that every command has already
 */
export function defineCommand<S extends z.ZodObject>(command: Command<S>): Command<S> {
  for (const { flag } of flagsOf(command.options)) {
    if (swallowedByNx.has(flag)) throw new Error(`${command.name}: --${flag} would be swallowed by nx; rename it`);
    if (flag in commonFlags) throw new Error(`${command.name}: --${flag} is a flag of every command; rename it`);
  }
  return command;
}
