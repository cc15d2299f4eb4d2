/**
 * @file From arguments to raw options: `--flag=value`, `--flag value`, `--flag`, `--no-flag`.
 *
 * Nothing is checked here but the flags' names and that each has the value it needs. The last of two equal flags wins,
 * so that a flag given by hand overrides one that a script has; a flag that repeats collects them.
 */
import { parseArgs } from "node:util";
import { userError } from "../base/errors.js";
import { commonFlags } from "./command.js";
import { type Flag, readValue } from "./flags.js";
import { nearest } from "./suggest.js";

export interface ParsedArguments {
  readonly values: Readonly<Record<string, unknown>>;
  readonly configPath: string | undefined;
  readonly wantsHelp: "text" | "json" | undefined;
  readonly wantsConfig: boolean;
  readonly wantsVersion: boolean;
}

/** Reads the arguments that follow a command's name; `words` is the option of those without a flag. Throws UserError on an unknown flag or a missing value. */
export function parseArguments(
  where: string,
  flags: readonly Flag[],
  args: readonly string[],
  words?: string,
): ParsedArguments {
  const byName = new Map(flags.map((flag) => [flag.flag, flag]));
  const values: Record<string, unknown> = {};
  let configPath: string | undefined;
  let wantsHelp: ParsedArguments["wantsHelp"];
  let wantsConfig = false;
  let wantsVersion = false;
  const tokens = tokensOf(flags, args);
  refuseUnknown(
    where,
    byName,
    tokens.flatMap((token) => (token.kind === "option" ? [token.name] : [])),
  );
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional" && words !== undefined && token.value.includes("=")) {
      values[words] = [...((values[words] as unknown[]) ?? []), token.value];
      continue;
    }
    if (token.kind === "positional") {
      throw userError(where, "everything after the command must be a flag", `"${token.value}"`, "Write --name=value.");
    }
    const { name, value } = token;
    if (name === "help" || name === "h") wantsHelp = value === "json" ? "json" : "text";
    else if (name === "version") wantsVersion = true;
    else if (name === "print-config") wantsConfig = true;
    else if (name === "config") configPath = needValue(where, name, value);
    else {
      const [flag, read] = readFlag(where, byName, name, value);
      values[flag.key] = flag.repeats ? [...((values[flag.key] as unknown[]) ?? []), read] : read;
    }
  }
  return { values, configPath, wantsHelp, wantsConfig, wantsVersion };
}

function tokensOf(flags: readonly Flag[], args: readonly string[]) {
  const named = flags.map(({ flag, kind }) => [flag, { type: kind === "boolean" ? "boolean" : "string" }] as const);
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      config: { type: "string" },
      "print-config": { type: "boolean" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
      ...Object.fromEntries(named),
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens;
}

function readFlag(
  where: string,
  byName: ReadonlyMap<string, Flag>,
  name: string,
  text: string | undefined,
): [Flag, unknown] {
  const flag = byName.get(name);
  if (flag) {
    if (flag.kind === "boolean") return [flag, text === undefined ? true : readValue(flag, text)];
    return [flag, readValue(flag, needValue(where, name, text))];
  }
  const negated = name.startsWith("no-") ? byName.get(name.slice(3)) : undefined;
  if (negated?.kind === "boolean" && text === undefined) return [negated, false];
  throw userError(where, `--${name} must stand alone`, text, `Write --${name}, or --${name.slice(3)}.`);
}

const isKnown = (byName: ReadonlyMap<string, Flag>, name: string): boolean =>
  byName.has(name) ||
  name === "h" ||
  Object.hasOwn(commonFlags, name) ||
  (name.startsWith("no-") && byName.get(name.slice(3))?.kind === "boolean");

/** Throws UserError that names every flag that the command does not know, each with the nearest that it does */
function refuseUnknown(where: string, byName: ReadonlyMap<string, Flag>, given: readonly string[]): void {
  const unknown = [...new Set(given)].filter((name) => !isKnown(byName, name));
  if (unknown.length === 0) return;
  const own = [...byName.values()].flatMap(({ flag, kind }) => (kind === "boolean" ? [flag, `no-${flag}`] : [flag]));
  const guesses = unknown.flatMap((name) => {
    const guess = nearest(name, [...own, ...Object.keys(commonFlags)]);
    return guess ? [unknown.length === 1 ? `--${guess}` : `--${guess} for --${name}`] : [];
  });
  const remedy = `${guesses.length > 0 ? `Did you mean ${guesses.join(", ")}? ` : ""}--help lists all flags.`;
  const got = unknown.map((name) => `--${name}`).join(", ");
  throw userError(where, "every flag must be one that the command knows", got, remedy);
}

function needValue(where: string, name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw userError(where, `--${name} must have a value`, "none", `Write --${name}=value.`);
}
