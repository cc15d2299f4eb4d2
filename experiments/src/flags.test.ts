/**
 * @file The flags of all commands: each is explained, and arrives in every spelling when it is given through `npx nx run`.
 */
import { type Flag, flagsOf } from "@sdtt/core/cli";
import { beforeAll, describe, expect, it } from "vitest";
import { commandsOf, programNames } from "./commands.fixture.js";
import { nx } from "./nx.fixture.js";

/** Each way in which a flag can be given. */
function spellings({ flag, kind }: Flag): string[] {
  if (kind === "boolean") return [`--${flag}`, `--no-${flag}`, `--${flag}=false`];
  const values = { number: ["1", "1e-4"], list: ["4,8"], string: ["some/path.json", "two words"], json: ["1"] };
  return values[kind].map((value) => `--${flag}=${value}`);
}

describe("flags", () => {
  let flags: Flag[] = [];
  beforeAll(async () => {
    const commands = (await Promise.all(programNames.map(commandsOf))).flat();
    flags = commands.flatMap((command) => flagsOf(command.options));
  });

  it("arrive through nx unharmed, in order", async () => {
    const args = [...new Set(flags.flatMap(spellings)), "--config=options.json", "--print-config"];
    const { stdout } = await nx(["run", "experiments:echo", ...args]);
    expect(JSON.parse(stdout)).toEqual(args);
  });

  it("are each explained to the user", () => {
    expect(flags.filter(({ description }) => description === "").map(({ flag }) => flag)).toEqual([]);
  });
});
