/**
 * @file Resolved options: defaults, then a config file, then flags; the schema has the last word.
 *
 * Unknown keys are refused by name, before the schema would drop them. The first issue becomes the error: one line says
 * which option, what is allowed, what was given and where.
 */
import type { z } from "zod";
import { type UserError, userError } from "../base/errors.js";
import { readJson } from "../files/json.js";
import type { Command } from "./command.js";
import { type Flag, kebabCase } from "./flags.js";
import type { ParsedArguments } from "./parse.js";
import { nearest } from "./suggest.js";

type Options = Readonly<Record<string, unknown>>;

/** The options that a command runs with. Throws UserError when file, flags or their combination are not allowed. */
export function resolveOptions(
  where: string,
  command: Command,
  flags: readonly Flag[],
  given: ParsedArguments,
): Options {
  const fromFile = given.configPath === undefined ? {} : readConfig(where, given.configPath, flags);
  const raw = { ...fromFile, ...given.values };
  const sourceOf = (key: string): string => {
    if (key in given.values) return `flag --${kebabCase(key)}`;
    return key in fromFile ? `config ${given.configPath}` : "default";
  };
  const result = command.options.safeParse(raw);
  if (!result.success) throw refused(where, result.error.issues[0], raw, sourceOf);
  const options = command.recall?.(result.data, new Set(Object.keys(raw))) ?? result.data;
  command.rules?.(options);
  return options;
}

function readConfig(where: string, path: string, flags: readonly Flag[]): Options {
  const remedy = "Give --config a JSON object of options, such as --print-config prints.";
  const json = readJson({ where, what: "the config file", path, remedy });
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw userError(where, "the config file must hold one object", `${shown(json)} (${path})`, remedy);
  }
  const known = flags.map(({ key }) => key);
  for (const key of Object.keys(json)) {
    if (known.includes(key)) continue;
    const guess = nearest(key, known);
    const help = guess ? `Did you mean ${guess}? --help lists all options.` : "--help lists all options.";
    throw userError(where, "every config key must be an option of the command", `${key} (config ${path})`, help);
  }
  return json as Options;
}

function refused(
  where: string,
  issue: z.core.$ZodIssue | undefined,
  raw: Options,
  sourceOf: (key: string) => string,
): UserError {
  const path = issue?.path ?? [];
  const key = String(path[0] ?? "");
  const remedy = "See --help.";
  if (!issue || path.length === 0) {
    return userError(where, issue?.message ?? "options must fit together", shown(raw), remedy);
  }
  const value = path.reduce<unknown>((at, part) => (at as Options | undefined)?.[String(part)], raw);
  const name = path.length > 1 ? `${kebabCase(key)} (${path.slice(1).join(".")})` : kebabCase(key);
  const got = key in raw ? `${shown(value)} (${sourceOf(key)})` : "nothing";
  return userError(where, `${name} ${ruleOf(issue, key in raw)}`, got, remedy);
}

/** The rule that an issue breaks, in words; a message written into the schema is kept. */
function ruleOf(issue: z.core.$ZodIssue, isGiven: boolean): string {
  if (!isGiven) return "must be given";
  if (!/^(Invalid|Too (small|big)|Unrecognized)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `must be ${article(issue.expected)}`;
    case "too_small":
      return `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${measureOf(issue.origin)}`;
    case "too_big":
      return `must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${measureOf(issue.origin)}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return unionRule(issue);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    default:
      return `must be valid: ${issue.message}`;
  }
}

function unionRule(issue: z.core.$ZodIssueInvalidUnion): string {
  const rules = issue.errors.flatMap((member) => member.slice(0, 1).map((inner) => ruleOf(inner, true)));
  return rules.length > 0 ? [...new Set(rules)].join(" or ") : "must be valid";
}

function article(type: string): string {
  const names: Record<string, string> = { int: "a whole number", array: "a list", boolean: "true or false" };
  return names[type] ?? (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
}

function measureOf(origin: string): string {
  if (origin === "array" || origin === "set") return " values long";
  return origin === "string" ? " characters long" : "";
}

function shown(value: unknown): string {
  const isPlain = typeof value === "string" && !/[\p{Cc}\u2028\u2029]/u.test(value);
  const text = isPlain ? `"${value}"` : String(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
