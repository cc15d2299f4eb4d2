/**
 * @file The table of commands, and which of them a name means.
 *
 * `commands.json` is written from the commands' own definitions by its test (`npx vitest run commandTable -u`).
 */
import { readFileSync } from "node:fs";

const { programs, aliases } = JSON.parse(readFileSync(new URL("commands.json", import.meta.url), "utf8"));

export const all = Object.entries(programs).flatMap(([program, { folder, name, commands }]) =>
  Object.entries(commands).map(([command, summary]) => ({ program, folder, name, command, summary })),
);

const fullName = ({ program, command }) => `${program}:${command}`;
const isAmbiguous = ({ command }) => all.filter((other) => other.command === command).length > 1;

/** The shortest name that means a command. */
export const nameOf = (one) => (isAmbiguous(one) ? fullName(one) : one.command);

/** The command of a name, or why there is none, in one line. */
export function find(name) {
  const meant = aliases[name] ?? name;
  const found = all.filter((one) => one.command === meant || fullName(one) === meant);
  if (found.length === 1) return found[0];
  const got = `got "${name}"`;
  if (found.length > 1) {
    return { refusal: `a name must mean one command, ${got}. Say ${found.map(fullName).join(" or ")}.` };
  }
  const near = all.map(nameOf).filter((known) => known.includes(name) || (name.length > 3 && name.includes(known)));
  const remedy = near.length > 0 ? `Did you mean ${near.slice(0, 3).join(" or ")}?` : "sdtt help lists them.";
  return { refusal: `the first argument must be a command, ${got}. ${remedy}` };
}

export function helpText() {
  const width = Math.max(...all.map((one) => nameOf(one).length));
  const lines = Object.keys(programs).flatMap((program) => [
    "",
    `${program}:`,
    ...all.filter((one) => one.program === program).map((one) => `  ${nameOf(one).padEnd(width)}  ${one.summary}`),
  ]);
  const foot = [
    "",
    "sdtt <command> --help lists a command's options.",
    "Paths are from where you type; docs/command-line.md has the rest.",
  ];
  return ["Usage: sdtt <command> [--option=value …]", ...lines, ...foot].join("\n");
}
