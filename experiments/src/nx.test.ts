/**
 * @file What is given to `npx nx run` arrives as it was typed, and what a command prints comes out as it was printed.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { flagsOf, swallowedByNx } from "@sdtt/core/cli";
import { beforeAll, describe, expect, it } from "vitest";
import { commandsOf, programNames } from "./commands.fixture.js";
import { hostileValues } from "./hostile.fixture.js";
import { nx, type Said, startNx } from "./nx.fixture.js";
import { repository } from "./programs.js";

/** What the target that only prints its arguments was given. */
async function arrived(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const { stdout, stderr } = await nx(["run", "experiments:echo", ...args], { env });
  const printed = stdout.split("\n").find((line) => line.startsWith("["));
  if (!printed) throw new Error(`no arguments were printed; nx said:\n${stdout}${stderr}`);
  return JSON.parse(printed);
}

describe("an argument given to nx", () => {
  const values = hostileValues(200, 1);

  it("arrives as it was typed, whatever a shell would read in it", async () => {
    const args = values.map((value) => `--prompt=${value}`);
    expect(await arrived(args)).toEqual(args);
  });

  it("arrives so after its flag and a space too, and after --", async () => {
    // Before it nx itself does what such a word asks for.
    const apart = values.filter((value) => !/^-/.test(value)).flatMap((value) => ["--prompt", value]);
    const behind = ["-p", "--prod", "-c", "--version", "--help", "--target=x", "--", "-"];
    expect(await arrived([...apart, "--", ...behind])).toEqual([...apart, ...behind]);
  });

  it("arrives so where nx keeps the plugin in a process of its own", async () => {
    const args = values.filter((value) => value.length < 1000).map((value) => `--prompt=${value}`);
    expect(await arrived(args, { NX_ISOLATE_PLUGINS: "true" })).toEqual(args);
  });

  it("arrives though nx has a flag of that name, so that a command can refuse it", async () => {
    const flags = ["args", "batch-size", "cwd", "env", "exclude", "max-parallel", "parallel", "tty"];
    const given = flags.map((flag) => `--${flag}=2`);
    expect(await arrived(given)).toEqual(given);
  });

  it("arrives once, in order, when it is given twice", async () => {
    const args = ["--lr=1", "--lr=2", "--no-evaluate", "--evaluate", "--lr=1"];
    expect(await arrived(args)).toEqual(args);
  });

  it("is for nx alone where nx tells people to add it", async () => {
    expect(await arrived(["--verbose", "--skip-nx-cache", "--a=1", "--output-style=static"])).toEqual(["--a=1"]);
  });
});

describe("a command run by nx", () => {
  let said: Said;
  beforeAll(async () => {
    said = await nx(["run", "core:sample", '--prompt="a" $HOME', "--print-config"]);
  });

  it("has stdout for itself, nx's lines being on stderr", () => {
    expect(JSON.parse(said.stdout)).toMatchObject({ prompt: '"a" $HOME', steps: 32 });
    expect(said.stderr).toContain("Successfully ran target sample for project core");
  });

  it("prints without colours and carriage returns where no terminal is", () => {
    for (const sign of ["\r", "\u001b"]) expect(said.stdout + said.stderr).not.toContain(sign);
  });

  it("shows its own help", async () => {
    const { code, stdout } = await nx(["run", "distill:round", "--help"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^distill round: [\s\S]*--divergence=/)]);
  });

  it("refuses as it does otherwise, with its own exit code, and leaves nothing behind", async () => {
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith("sdtt-nx-"));
    const before = left();
    const { code, stdout, stderr } = await nx(["run", "core:sample", "--batch-size=4"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("core sample: every flag must be one that the command knows, got --batch-size.");
    expect(left().filter((name) => !before.includes(name))).toEqual([]);
  });

  it("is where the command was typed, with runs at the checkout's top", async () => {
    const cwd = join(repository, "docs");
    const { stdout } = await nx(["run", "distill:prepare", "--source=part.txt", "--print-config"], { cwd });
    expect(JSON.parse(stdout).source).toBe("part.txt");
    expect(existsSync(join(cwd, ".sdtt"))).toBe(false);
  });
});

describe("nx targets", () => {
  it("are the commands of every package, aliases included", async () => {
    const { stdout } = await nx(["graph", "--print"]);
    const { nodes } = JSON.parse(stdout).graph;
    for (const program of programNames) {
      const targets = Object.keys(nodes[program].data.targets);
      const commands = (await commandsOf(program)).map(({ name }) => name);
      expect(targets).toEqual(expect.arrayContaining([...commands, "build", "lint", "test", "typecheck"]));
    }
    expect(Object.keys(nodes.core.data.targets)).toEqual(expect.arrayContaining(["bench", "parity"]));
  });

  it("affected by a change are those of the package and of what is built on it", async () => {
    const { stdout } = await nx(["affected", "-t", "test", "--files=packages/distill/src/index.ts", "--graph=stdout"]);
    expect(Object.keys(JSON.parse(stdout).tasks.tasks).sort()).toEqual(["distill:test", "experiments:test"]);
  });

  it("never have a flag that nx would take for itself", async () => {
    const flags = (await Promise.all(programNames.map(commandsOf))).flat().flatMap(({ options }) => flagsOf(options));
    expect(flags.filter(({ flag }) => swallowedByNx.has(flag))).toEqual([]);
  });
});

describe("a command run by nx that is stopped", () => {
  it("says how to go on and keeps its exit code, where there is no terminal", async () => {
    const root = mkdtempSync(join(tmpdir(), "nx-"));
    writeFileSync(join(root, "text.txt"), "and the light was good over water ".repeat(400));
    const small = ["--width=32", "--blocks=1", "--heads=2", "--length=32", "--vocab=260", "--validation-batches=1"];
    const args = ["run", "distill:pretrain", ...small, "--updates=100000", "--threads=1", "--engine=reference"];
    const running = startNx([...args, `--root=${root}`, `--source=${join(root, "text.txt")}`]);
    await running.says(/\d\/100000 updates/);
    // As a terminal does for Ctrl-C: all of the job.
    process.kill(-(running.child.pid as number), "SIGINT");
    const { code, stderr, stdout } = await running.ended;
    rmSync(root, { recursive: true });
    expect([code, stderr + stdout]).toEqual([130, expect.stringMatching(/stopped at update \d+.*goes on/)]);
  });
});
