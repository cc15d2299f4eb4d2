/**
 * @file Names and paths as flags: each is checked before a command begins, and a comma in a path is a comma.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type CommandContext, defineCommand, newName, repeatedPaths, runCli, theirName } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "flags-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ["a", "b", "a,b", "one, two"]) writeFileSync(join(folder, name), "");
mkdirSync(join(folder, "x,y"));

let taken: CommandContext["config"][] = [];
const demo = defineCommand({
  name: "demo",
  summary: "",
  options: z.object({
    name: newName().default("usual"),
    column: theirName().default("text"),
    store: repeatedPaths({ min: 1 }).default(() => ["usual"]),
  }),
  async run(_, { config }) {
    taken.push(config);
  },
});

async function run(...args: string[]) {
  const said: string[] = [];
  const output = { write: (text: string) => said.push(text) };
  taken = [];
  const code = await runCli("core", [demo], ["demo", ...args], { out: output, err: output });
  return { code, text: said.join(""), config: taken[0] };
}

it.each([
  ["--name=../up", 'name must not hold a slash or a backslash, got "../up" (flag --name)'],
  ["--name=", 'name must not be empty, got "" (flag --name)'],
  ["--name=a\nb", "name must not hold control characters or line ends"],
  [`--name=${"n".repeat(300)}`, "name must be at most 200 bytes long"],
  ["--name=-x", "name must not begin with a dot or a dash"],
  ["--column=", "column must not be empty"],
])("%s is refused in one line, before the command begins", async (flag, message) => {
  const { code, text, config } = await run(flag);
  expect([code, config]).toEqual([1, undefined]);
  expect(text).toContain(message);
  expect(text.trimEnd()).not.toContain("\n");
});

it("other names are taken as they are", async () => {
  expect((await run("--name=👩‍💻 <b>'s #1?", "--column=../meta.text/-x")).config).toMatchObject({
    name: "👩‍💻 <b>'s #1?",
    column: "../meta.text/-x",
  });
});

describe("paths", () => {
  const at = (name: string) => join(folder, name);
  it.each<[string, string[], string[]]>([
    ["one", ["a"], ["a"]],
    ["a flag each", ["a", "b"], ["a", "b"]],
    ["one with a comma, though each part is there too", ["a,b"], ["a,b"]],
    ["one with a comma and a space", ["one, two"], ["one, two"]],
    ["a folder with a comma", ["x,y"], ["x,y"]],
    ["one that is not there", ["gone,a"], ["gone,a"]],
  ])("are read: %s", async (_, given, wanted) => {
    const { config } = await run(...given.map((name) => `--store=${at(name)}`));
    expect(config?.store).toEqual(wanted.map(at));
  });

  it("are taken apart at commas where each part is there and the whole is not", async () => {
    expect((await run(`--store=${at("b")},${at("a")}`)).config?.store).toEqual([at("b"), at("a")]);
    expect((await run(`--store=${at("b")},${at("gone")}`)).config?.store).toEqual([`${at("b")},${at("gone")}`]);
  });

  it("have a default", async () => {
    expect((await run()).config?.store).toEqual(["usual"]);
  });
});
