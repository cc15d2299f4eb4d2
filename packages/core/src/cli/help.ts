/**
 * @file Help texts, written from the schemas.
 */
import { z } from "zod";
import { type Command, commonFlags } from "./command.js";
import { type Flag, flagsOf, unwrap } from "./flags.js";

/** All commands of a program with their summaries. */
export function programHelp(program: string, commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [`Usage: ${program} <command> [--flag=value …]`, "", ...table(rows), "", `${program} <command> --help`].join(
    "\n",
  );
}

/** A command's flags with what each means, what it may be, and its default. */
export function commandHelp(program: string, command: Command): string {
  const own = flagsOf(command.options).map((flag) => [`--${spelled(flag)}${valueHint(flag)}`, about(flag)] as const);
  const common = Object.entries(commonFlags).map(
    ([name, text]) => [name === "config" ? "--config=<file>" : `--${name}`, text] as const,
  );
  return [`${program} ${command.name}: ${command.summary}`, "", ...table([...own, ...common])].join("\n");
}

/** The same for a program, a completion of words in a shell say. */
export function commandHelpJson(program: string, { name, summary, options }: Command): string {
  const own = flagsOf(options).map((flag) => {
    const { flag: called, kind, repeats, description } = flag;
    return { name: called, kind, repeats, description, values: valuesOf(flag), default: defaultOf(flag) };
  });
  return JSON.stringify({ program, command: name, summary, options: own }, null, 2);
}

/** All that a flag may be, where that is a few words. */
function valuesOf({ schema }: Flag): string[] | undefined {
  const { def } = unwrap(schema)._zod;
  if (def.type === "enum") return Object.values(def.entries).map(String);
  const { names } = z.globalRegistry.get(unwrap(schema)) ?? {};
  if (Array.isArray(names)) return names.map(String);
  return def.type === "literal" ? def.values.map(String) : undefined;
}

/** What is on by default is of use only as its negation. */
const spelled = (flag: Flag): string =>
  flag.kind === "boolean" && defaultOf(flag) === "yes" ? `[no-]${flag.flag}` : flag.flag;

function valueHint(flag: Flag): string {
  const { def } = unwrap(flag.schema)._zod;
  if (flag.kind === "boolean") return "";
  const values = valuesOf(flag);
  if (values) return `=${[...values, ...(def.type === "string" ? ["FILE"] : [])].join("|")}`;
  if (def.type === "array") return flag.repeats ? "=<text> …" : "=<a,b,…>";
  return flag.kind === "json" ? "=<json>" : flag.kind === "number" ? "=<number>" : "=<text>";
}

function about(flag: Flag): string {
  const fallback = defaultOf(flag);
  return fallback === undefined ? flag.description : `${flag.description} (default ${fallback})`.trimStart();
}

function defaultOf({ kind, schema }: Flag): string | undefined {
  const { def } = (schema as { _zod: { def: { type: string; defaultValue?: unknown } } })._zod;
  if (def.type !== "default" && def.type !== "prefault") return undefined;
  if (kind === "boolean") return def.defaultValue ? "yes" : "no";
  return Array.isArray(def.defaultValue) ? def.defaultValue.join(",") : String(def.defaultValue);
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(36, Math.max(...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}
