/**
 * @file Every flag that a command documents arrives when it is given through `npx nx run`.
 *
 * Nx takes some flags for itself without a word, and a training run would go on with its default. All flags of all
 * commands go through nx at once, to a target that prints what it was given: one call instead of one for each command.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Command, type Flag, flagsOf, swallowedByNx } from "@sdtt/core";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const folders = ["packages/core", "packages/distill", "packages/eval", "packages/dashboard", "experiments"] as const;

interface Target {
  readonly command?: string;
  readonly cache?: boolean;
  readonly options?: { readonly command?: string; readonly forwardAllArgs?: boolean };
}

/** The commands of a package: what the modules that its src/program.ts imports export of that kind. */
async function commandsOf(folder: string): Promise<readonly Command[]> {
  const cli = join(root, folder, "src/program.ts");
  if (!existsSync(cli)) return [];
  const imported = ts.preProcessFile(readFileSync(cli, "utf8")).importedFiles.map(({ fileName }) => fileName);
  const own = imported.filter((specifier) => specifier.startsWith("."));
  const modules = await Promise.all(own.map((path) => import(join(dirname(cli), path.replace(/\.js$/, ".ts")))));
  const exported = new Set(modules.flatMap((module) => Object.values(module).flat()));
  return [...exported].filter((value): value is Command => (value as Command)?.options instanceof z.ZodObject);
}

function packageJson(folder: string) {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
}

/** The nx targets of a package that run its own command line, as [name, target]. */
function targetsOf(folder: string): [string, Target][] {
  const targets: Record<string, Target> = packageJson(folder).nx?.targets ?? {};
  return Object.entries(targets).filter(([, target]) => commandLine(target).includes(`${folder}/dist/cli.js`));
}

function commandLine({ command, options }: Target): string {
  return command ?? options?.command ?? "";
}

/** Each way in which a flag can be given. */
function spellings({ flag, kind }: Flag): string[] {
  if (kind === "boolean") return [`--${flag}`, `--no-${flag}`, `--${flag}=false`];
  const values = { number: ["1", "1e-4"], list: ["4,8"], string: ["some/path.json", "two words"], json: ["1"] };
  return values[kind].map((value) => `--${flag}=${value}`);
}

/** Runs the echo target with these flags and returns those that it was given. */
async function throughNx(args: readonly string[]): Promise<string[]> {
  const own = Object.entries(process.env).filter(([name]) => !/^(NX_|VITEST|NODE_OPTIONS$|FORCE_COLOR$)/.test(name));
  const env = { ...Object.fromEntries(own), NX_DAEMON: "false", NX_TUI: "false", NO_COLOR: "1" };
  const nx = join(root, "node_modules/nx/dist/bin/nx.js");
  const { stdout } = await promisify(execFile)(process.execPath, [nx, "run", "experiments:echo", ...args], {
    cwd: root,
    env,
  });
  const printed = stdout.split("\n").find((line) => line.startsWith("["));
  if (!printed) throw new Error(`the echo target printed no arguments; nx said:\n${stdout}`);
  return JSON.parse(printed);
}

describe("flags", () => {
  let flags: Flag[] = [];
  beforeAll(async () => {
    const commands = (await Promise.all(folders.map(commandsOf))).flat();
    flags = commands.flatMap((command) => flagsOf(command.options));
  });

  it("are never among those that nx swallows", () => {
    expect(flags.filter(({ flag }) => swallowedByNx.has(flag))).toEqual([]);
  });

  it("arrive through nx unharmed, in order", async () => {
    const given = [...new Set(flags.flatMap(spellings))];
    const args = [...given, "--config=options.json", "--print-config"];
    expect(await throughNx(args)).toEqual(args);
  });

  it("that nx swallows do not arrive, so that the list above is no superstition", async () => {
    expect(await throughNx(["--batch-size=64", "--parallel=2", "--verbose", "--rounds=2"])).toEqual(["--rounds=2"]);
  });

  it("are each explained to the user", () => {
    expect(flags.filter(({ description }) => description === "").map(({ flag }) => flag)).toEqual([]);
  });
});

describe.each(folders)("nx targets of %s", (folder) => {
  it("are its commands, all of them and no other", async () => {
    if (!existsSync(join(root, folder, "src/program.ts"))) return;
    const names = (await commandsOf(folder)).map(({ name }) => name);
    expect(
      targetsOf(folder)
        .map(([name]) => name)
        .sort(),
    ).toEqual([...names].sort());
  });

  it("run the command of their name, forward all flags and are never cached", () => {
    for (const [name, target] of targetsOf(folder)) {
      const { cache, options } = target;
      expect(commandLine(target)).toMatch(new RegExp(`^node ${folder}/dist/cli\\.js ${name}( |$)`));
      expect([name, cache, options?.forwardAllArgs]).toEqual([name, false, true]);
    }
  });
});
