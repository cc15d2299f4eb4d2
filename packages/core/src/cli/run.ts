/**
 * @file A program of commands: picks one, resolves its options, runs it, and turns what is thrown into an exit code.
 *
 * 0 done · 1 a `UserError`, one line · 2 a defect, with its stack · 130 or 143 stopped by SIGINT or SIGTERM. A full disk, a forbidden path and the like are no
 * defects: they are put into a `UserError`'s words here, for every command alike.
 */
import { accessSync, constants, existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { addonError } from "../base/addon.js";
import { Stopped, UserError, userError } from "../base/errors.js";
import { redacted } from "../base/redact.js";
import { systemRules } from "../base/systemErrors.js";
import "../base/silence.js";
import { configHash } from "../workspace/provenance.js";
import type { Command, CommandContext } from "./command.js";
import { type Flag, flagsOf } from "./flags.js";
import { commandHelp, commandHelpJson, programHelp } from "./help.js";
import { parseArguments } from "./parse.js";
import { resolveOptions } from "./resolve.js";
import { nearest } from "./suggest.js";
import { projectVersion } from "./version.js";

export interface Output {
  write(text: string): unknown;
}

/** Runs `argv` (command first) and returns the exit code; results go to `out`, everything else to `err`. */
export async function runCli(
  program: string,
  // biome-ignore lint/suspicious/noExplicitAny: commands of unlike schemas in one list
  commands: readonly Command<any>[],
  argv: readonly string[],
  { out, err }: { out: Output; err: Output } = { out: process.stdout, err: process.stderr },
): Promise<number> {
  try {
    const [name, ...args] = argv;
    if (name === "--help" || name === "-h" || name === "help") {
      out.write(`${programHelp(program, commands)}\n`);
    } else if (name === "--version") {
      out.write(`${projectVersion()}\n`);
    } else {
      await runCommand(program, commandNamed(program, commands, name), args, out, err);
    }
    return 0;
  } catch (thrown) {
    if (thrown instanceof Stopped) {
      err.write(`${thrown.message}\n`);
      return thrown.exitCode;
    }
    const error = thrown instanceof UserError ? thrown : environmentError(program, thrown);
    err.write(`${redacted(error instanceof UserError ? error.message : stackOf(error))}\n`);
    return error instanceof UserError ? 1 : 2;
  }
}

async function runCommand(program: string, command: Command, args: readonly string[], out: Output, err: Output) {
  const where = `${program} ${command.name}`;
  const flags = flagsOf(command.options);
  const given = parseArguments(where, flags, args, command.words);
  if (given.wantsHelp) {
    const help = given.wantsHelp === "json" ? commandHelpJson(program, command) : commandHelp(program, command);
    out.write(`${help}\n`);
    return;
  }
  if (given.wantsVersion) {
    out.write(`${projectVersion()}\n`);
    return;
  }
  const options = resolveOptions(where, command, flags, given);
  const config = inOrder(options, flags);
  if (given.wantsConfig) {
    out.write(`${JSON.stringify(config, null, 2)}\n`);
    return;
  }
  const hash = configHash(config);
  if (flags.length > 0) err.write(`${where} · config ${hash.slice(0, 12)} · ${JSON.stringify(config)}\n`);
  await command.run(options, { config, configHash: hash, argv: [command.name, ...args] });
}

/** The options as JSON, in the order of `--help`, whichever of them a command filled in itself. */
function inOrder(options: Record<string, unknown>, flags: readonly Flag[]): CommandContext["config"] {
  const members = [...flags.map(({ key }) => key), ...Object.keys(options)].map((key) => [key, options[key]]);
  return JSON.parse(JSON.stringify(Object.fromEntries(members)));
}

function commandNamed(program: string, commands: readonly Command[], name: string | undefined): Command {
  const found = commands.find((command) => command.name === name);
  if (found) return found;
  const names = commands.map((command) => command.name);
  const guess = name && nearest(name, names);
  const remedy = guess ? `Did you mean ${guess}?` : `Give one of: ${names.join(", ")}.`;
  throw userError(program, "the first argument must be a command", name ? `"${name}"` : "none", remedy);
}

/** The folder that is there and takes nothing new, where making `path` failed: Node often says only ENOENT of that. */
function closedFolder(path: string): string | undefined {
  let folder = resolve(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch {
    return folder;
  }
}

/** The same error in a user's words where the machine, not the code, is at fault; otherwise the error itself. */
function environmentError(program: string, thrown: unknown): unknown {
  const addon = addonError(thrown);
  if (addon) return addon;
  const { code, path, message, syscall } = (thrown ?? {}) as NodeJS.ErrnoException;
  const closed = syscall === "mkdir" && path ? closedFolder(path) : undefined;
  if (closed) {
    const places = "Give a place of your own: --root, or SDTT_ROOT for all commands.";
    return userError(program, `${path} must be made, in a folder that can be written to`, closed, places, thrown);
  }
  const known = systemRules[code === "SQLITE_FULL" ? "ENOSPC" : String(code)];
  return known ? userError(program, known.rule, path ? `${code} (${path})` : message, known.remedy, thrown) : thrown;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
