/**
 * @file What `--print-config` prints of any command can be given back to `--config`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, type Flag, flagsOf, runCli } from "@sdtt/core/cli";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandsOf, programNames } from "./commands.fixture.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function said(command: Command, args: readonly string[]) {
  const written = { out: "", err: "" };
  const sink = (key: "out" | "err") => ({ write: (text: string) => (written[key] += text) });
  const code = await runCli("any", [command], [command.name, ...args], { out: sink("out"), err: sink("err") });
  return { code, ...written };
}

/** What a command must be given, made up; options that it cannot do without. */
async function needed(command: Command): Promise<string[]> {
  const flags: string[] = [];
  for (;;) {
    const { code, err } = await said(command, [...flags, "--print-config"]);
    const missing = flagsOf(command.options).find(({ flag }) => err.includes(`${flag} must be given`));
    if (code === 0 || !missing) return flags;
    flags.push(`--${missing.flag}=${sampleOf(missing)}`);
  }
}

const sampleOf = ({ kind, flag }: Flag): string => (kind === "number" ? "1" : flag === "out" ? "picture.svg" : "a,b");

describe.each(programNames)("the resolved options of every command of %s", (program) => {
  it("are taken back as they were printed, those that differ from their defaults too", async () => {
    for (const command of await commandsOf(program)) {
      const flags = await needed(command);
      const changed = flagsOf(command.options).flatMap(({ kind, flag }) => (kind === "boolean" ? [`--${flag}`] : []));
      for (const args of [flags, [...flags, ...changed]]) {
        const printed = await said(command, [...args, "--print-config"]);
        const file = join(folder, `${command.name}.json`);
        writeFileSync(file, printed.out);
        if (printed.code !== 0) {
          // Flags that may not stand together are refused in words, in either way.
          expect([command.name, printed.code, printed.out]).toEqual([command.name, 1, ""]);
          continue;
        }
        expect(await said(command, [`--config=${file}`, "--print-config"])).toEqual(printed);
      }
    }
  });
});
