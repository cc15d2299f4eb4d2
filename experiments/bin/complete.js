/**
 * @file What bash offers on TAB (zsh too, by its bashcompinit): commands from the table, a command's flags and their
 * values from the command itself, and files where a value may be anything.
 *
 * Nothing is built for it: before the first build there are commands only. Rejected: @bomb.sh/tab 0.0.22, whose script for
 * bash has `eval` read the words that are typed, so that TAB behind --prompt='$(…)' runs what stands there.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { all, find, nameOf } from "./commands.js";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** For bash to read: the words go to `sdtt complete` as they are, and no shell reads them again. */
export function bashScript() {
  const program = [process.execPath, fileURLToPath(new URL("sdtt.js", import.meta.url))].map(quoted).join(" ");
  return `_sdtt_complete() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
    ${program} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null
  )
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _sdtt_complete sdtt
`;
}

/** bash makes words of their own of `=` and `:`; here they are put together again. */
function joined(words) {
  const whole = [];
  let isOpen = false;
  for (const word of words) {
    const isSign = /^[=:]+$/.test(word);
    if (whole.length > 0 && (isSign || isOpen)) whole[whole.length - 1] += word;
    else whole.push(word);
    isOpen = isSign;
  }
  return whole;
}

/** The options of a command, as `--help=json` prints them. */
function flagsOf(script, command) {
  if (!existsSync(script)) return [];
  const { status, stdout } = spawnSync(process.execPath, [script, command, "--help=json"], { encoding: "utf8" });
  return status === 0 ? JSON.parse(stdout).options : [];
}

/** What may stand for the last word; nothing where it may be anything. */
function candidates(words, scriptOf) {
  const typed = words.at(-1) ?? "";
  if (words.length < 2) return ["help", ...all.map(nameOf)].filter((name) => name.startsWith(typed));
  const found = find(words[0]);
  if (found.refusal) return [];
  const flags = flagsOf(scriptOf(found), found.command);
  const valuesOf = (name) => flags.find((flag) => `--${flag.name}` === name)?.values ?? [];
  const [name, value] = typed.split("=", 2);
  if (value !== undefined) return valuesOf(name).map((one) => `${name}=${one}`);
  const before = words.at(-2);
  if (flags.some((flag) => `--${flag.name}` === before && flag.kind !== "boolean")) return valuesOf(before);
  if (!typed.startsWith("-")) return [];
  return flags.flatMap((flag) =>
    flag.kind === "boolean" ? [`--${flag.name}`, `--no-${flag.name}`] : [`--${flag.name}=`],
  );
}

/** The words that may follow, as bash is to be given them: without what it has as words of its own. */
export function completed(words, scriptOf) {
  const whole = joined(words);
  const typed = whole.at(-1) ?? "";
  const last = words.at(-1) ?? "";
  const held = typed.length - (/^[=:]+$/.test(last) ? 0 : last.length);
  return candidates(whole, scriptOf)
    .filter((one) => one.startsWith(typed))
    .map((one) => one.slice(held));
}
