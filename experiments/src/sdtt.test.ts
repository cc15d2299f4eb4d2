/**
 * @file `sdtt`: the commands of all packages under one name, with what was typed.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hostileValues } from "./hostile.fixture.js";
import { sdtt } from "./nx.fixture.js";
import { repository } from "./programs.js";

const { programs } = JSON.parse(readFileSync(join(repository, "experiments/bin/commands.json"), "utf8"));
const printed = (stdout: string) => JSON.parse(stdout);

it("lists every command, those of one name with their package's", async () => {
  const { code, stdout } = await sdtt(["help"]);
  expect(code).toBe(0);
  for (const { commands } of Object.values<{ commands: object }>(programs)) {
    for (const name of Object.keys(commands)) expect(stdout).toMatch(new RegExp(`^  ([a-z]+:)?${name} `, "m"));
  }
  for (const name of ["core:export", "experiments:export", "eval:report", "dashboard:report"]) {
    expect(stdout).toContain(`  ${name} `);
  }
});

it("says its version", async () => {
  const { version } = JSON.parse(readFileSync(join(repository, "experiments/package.json"), "utf8"));
  expect(await sdtt(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

it("runs a command by its name, by nx's name, and shows the command's help", async () => {
  for (const args of [
    ["round", "--help"],
    ["distill:round", "--help"],
    ["help", "round"],
  ]) {
    expect((await sdtt(args)).stdout).toMatch(/^distill round: /);
  }
});

it.each([
  ["a name of two commands", "export", 'got "export". Say core:export or experiments:export.'],
  ["a name of none", "rounds", 'got "rounds". Did you mean round?'],
  ["a name like none", "xyzzy", 'got "xyzzy". sdtt help lists them.'],
  ["a name that is every object's", "constructor", 'got "constructor". sdtt help lists them.'],
])("refuses %s in one line", async (_what, name, message) => {
  const { code, stdout, stderr } = await sdtt([name]);
  expect([code, stdout, stderr.split("\n").length]).toEqual([1, "", 2]);
  expect(stderr).toContain(message);
});

it("passes on what was typed", async () => {
  const all = hostileValues(200, 2).filter((value) => value.length < 1000);
  for (const value of [all.join(" "), "", "back\\"]) {
    const { stdout } = await sdtt(["sample", `--prompt=${value}`, "--print-config"]);
    expect(printed(stdout).prompt).toBe(value);
  }
});

it("takes paths from where it is typed, and keeps runs at the checkout's top wherever in it that is", async () => {
  const cwd = join(repository, "packages/core/src");
  const { stdout } = await sdtt(["pretrain", "--source=part.txt", "--print-config"], { cwd });
  expect(printed(stdout)).toMatchObject({ source: "part.txt", root: "../../../.sdtt" });
});

it("keeps runs where it is typed outside of the checkout, or where SDTT_ROOT says", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "sdtt-"));
  try {
    const rootOf = async (env = {}) => printed((await sdtt(["sample", "--print-config"], { cwd, env })).stdout).root;
    expect([await rootOf(), await rootOf({ SDTT_ROOT: "/data/runs" })]).toEqual([".sdtt", "/data/runs"]);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});

it("goes where npx was typed, as npx itself goes to the package around it", async () => {
  const cwd = join(repository, "packages/core");
  const env = { INIT_CWD: join(cwd, "src"), npm_lifecycle_event: "npx", npm_lifecycle_script: "'sdtt'" };
  const { stdout } = await sdtt(["sample", "--print-config"], { cwd, env });
  expect(printed(stdout).root).toBe("../../../.sdtt");
});

it.each([["help"], ["round", "--help"], ["doctor", "--json"], ["sample", "--n=40", "--steps=2", "--tokens=8"]])(
  "%s is silent when its reader is gone, as head -1 does",
  async (...args) => {
    const { code, stderr } = await sdtt(args, { reads: 1 });
    expect([code, stderr.split("\n").filter((line) => !/ · config /.test(line))]).toEqual([0, [""]]);
  },
);

it("a device that is not there is one line, without what onnxruntime writes in red", async () => {
  const { code, stderr } = await sdtt(["sample", "--device=cuda", "--steps=1", "--tokens=4"]);
  // Where there is such a device, nothing is refused.
  if (code === 0) return;
  expect(stderr.split("\n").map((line) => line.slice(0, 22))).toEqual([
    ...["core sample · config 12".slice(0, 15)].map((start) => expect.stringContaining(start)),
    "onnx: the device must ",
    "",
  ]);
});
