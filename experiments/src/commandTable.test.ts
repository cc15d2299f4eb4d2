/**
 * @file `sdtt` and nx know the commands from a table, so that neither loads them to list them; this keeps it true.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commandsOf, folders, programNames } from "./commands.fixture.js";
import { repository } from "./programs.js";

/** What used to be core's, and is asked for by that name. */
const aliases = {
  "core:bench": "experiments:bench",
  "core:parity": "experiments:parity",
  "distill:exact": "experiments:exact",
};

it("holds every command of every package with its summary; -u writes it", async () => {
  const described = programNames.map(async (program) => {
    const folder = folders[program];
    const { name } = JSON.parse(readFileSync(join(repository, folder, "package.json"), "utf8"));
    const commands = (await commandsOf(program)).map((command) => [command.name, command.summary]);
    return [program, { folder, name, commands: Object.fromEntries(commands) }];
  });
  const table = { programs: Object.fromEntries(await Promise.all(described)), aliases };
  const file = join(repository, "experiments/bin/commands.json");
  await expect(`${JSON.stringify(table, null, 2)}\n`).toMatchFileSnapshot(file);
});

it.each(programNames)("every command of %s is run by its name", async (program) => {
  const source = readFileSync(join(repository, folders[program], "src/program.ts"), "utf8");
  const unknown = (await commandsOf(program)).filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(source));
  expect(unknown.map(({ name }) => name)).toEqual([]);
});
