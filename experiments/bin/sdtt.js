#!/usr/bin/env node
/**
 * @file `sdtt`: every command of every package under one name.
 *
 * `sdtt round` is `node packages/distill/dist/cli.js round`; where two packages have a command of that name, or to be
 * plain, `sdtt distill:round`. JavaScript and not compiled, because it builds a fresh checkout; and it knows the
 * commands from a table, so that only what is asked for is loaded.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildIfNeeded } from "./build.js";
import { find, helpText } from "./commands.js";
import { typedIn } from "./typedIn.cjs";

/** Commands that need the built page. */
const showsPage = ["dashboard:serve", "dashboard:measure"];

const root = fileURLToPath(new URL("../..", import.meta.url));
const isCheckout = existsSync(join(root, "tsconfig.json"));

/** In a checkout runs lie at its top, wherever in it a command is typed. */
function setRoot() {
  const from = relative(root, process.cwd());
  if (!isCheckout || process.env.SDTT_ROOT || from === "" || from.startsWith("..")) return;
  process.env.SDTT_ROOT = join(relative(process.cwd(), root), ".sdtt");
}

/** The script of a program: in a checkout where it was built, else where it is installed. */
function scriptOf({ folder, name }) {
  if (isCheckout) return join(root, folder, "dist", "cli.js");
  const entry = fileURLToPath(import.meta.resolve(name));
  return join(entry.slice(0, entry.lastIndexOf(`${sep}dist${sep}`)), "dist", "cli.js");
}

const versionText = () => JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;

function say(text) {
  // A reader that has gone, as `head` does, is no fault.
  process.stdout.on("error", () => {});
  process.stdout.write(`${text}\n`);
}

function refuse(message) {
  process.stderr.write(`sdtt: ${message}\n`);
  process.exit(1);
}

async function complete([first = "", ...words]) {
  const { bashScript, completed } = await import("./complete.js");
  if (first === "bash") return say(bashScript().trimEnd());
  if (first === "--") return say(completed(words, scriptOf).join("\n"));
  refuse(`the shell must be bash (zsh reads its script after bashcompinit), got "${first}". Write sdtt complete bash.`);
}

async function main([asked = "help", ...args]) {
  if (asked === "--version" || asked === "version") return say(versionText());
  const isHelp = asked === "help" || asked === "--help" || asked === "-h";
  if (isHelp && args.length === 0) return say(helpText());
  if (asked === "complete") return complete(args);
  const found = find(isHelp ? args[0] : asked);
  if (found.refusal) refuse(found.refusal);
  process.chdir(typedIn("sdtt"));
  setRoot();
  try {
    buildIfNeeded(root, showsPage.includes(`${found.program}:${found.command}`));
  } catch (error) {
    refuse(error.message);
  }
  const script = scriptOf(found);
  process.argv = [process.execPath, script, found.command, ...(isHelp ? ["--help"] : args)];
  await import(pathToFileURL(script).href);
}

await main(process.argv.slice(2));
