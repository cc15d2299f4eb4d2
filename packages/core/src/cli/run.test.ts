import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Stopped, userError } from "../base/errors.js";
import { type CommandContext, defineCommand } from "./command.js";
import { repeated } from "./flags.js";
import { runCli } from "./run.js";

const options = z.object({
  rounds: z.int().min(1).default(1).describe("rounds in a row"),
  lr: z.number().positive().default(3e-4).describe("peak learning rate"),
  steps: z.array(z.int().min(1)).min(1).default([8, 32]).describe("sampling steps"),
  engine: z.enum(["auto", "onnx"]).default("auto").describe("what computes"),
  device: z
    .union([z.literal("auto"), z.int()])
    .default("auto")
    .describe("which device"),
  weightsFrom: z.string().optional().describe("a checkpoint"),
  resume: z.boolean().default(true).describe("go on from the last checkpoint"),
});

/** Runs `demo round …` and returns its exit code, what it wrote, and what the command was called with. */
async function demo(...args: string[]) {
  const calls: { options: z.output<typeof options>; context: CommandContext }[] = [];
  const round = defineCommand({
    name: "round",
    summary: "distils one round",
    options,
    rules(o) {
      if (o.rounds > 1 && o.weightsFrom) {
        throw userError("demo round", "--weights-from goes with one round", o.rounds, "Drop one of the two.");
      }
    },
    async run(o, context) {
      calls.push({ options: o, context });
      if (o.weightsFrom === "stopped") throw new Stopped("stopped at 3; the same command goes on", "SIGINT");
      if (o.weightsFrom === "broken") throw new TypeError("a defect");
      if (o.weightsFrom === "full") throw Object.assign(new Error("ENOSPC: no space"), { code: "ENOSPC", path: "/x" });
    },
  });
  const written = { out: "", err: "" };
  const sink = (key: "out" | "err") => ({ write: (text: string) => (written[key] += text) });
  const code = await runCli("demo", [round], args, { out: sink("out"), err: sink("err") });
  return { code, ...written, calls, call: calls[0] };
}

function configFile(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "cli-")), "options.json");
  writeFileSync(path, content);
  return path;
}

describe("runCli", () => {
  it("runs a command with its defaults and returns 0", async () => {
    const { code, call } = await demo("round");
    expect(code).toBe(0);
    expect(call?.options).toMatchObject({ rounds: 1, lr: 3e-4, steps: [8, 32], resume: true });
  });

  it("turns flags into numbers, lists, choices and booleans", async () => {
    const { call } = await demo("round", "--rounds=3", "--lr", "1e-3", "--steps=4, 16", "--no-resume", "--device=1");
    expect(call?.options).toMatchObject({ rounds: 3, lr: 1e-3, steps: [4, 16], resume: false, device: 1 });
    expect((await demo("round", "--resume=false", "--weights-from=a b")).call?.options).toMatchObject({
      resume: false,
      weightsFrom: "a b",
    });
  });

  it("lets the last of two equal flags win", async () => {
    expect((await demo("round", "--rounds=3", "--rounds=5")).call?.options.rounds).toBe(5);
  });

  it("lets flags win over the config file, and the file over defaults", async () => {
    const path = configFile('{"rounds": 4, "lr": 0.1}');
    const { call } = await demo("round", `--config=${path}`, "--rounds=2");
    expect(call?.options).toMatchObject({ rounds: 2, lr: 0.1, engine: "auto" });
  });

  it("gives the command its resolved config, that config's hash and the arguments", async () => {
    const { call } = await demo("round", "--rounds=2");
    expect(call?.context.config).toMatchObject({ rounds: 2, steps: [8, 32] });
    expect(call?.context.configHash).toMatch(/^[0-9a-f]{64}$/);
    expect(call?.context.argv).toEqual(["round", "--rounds=2"]);
  });

  it("prints the resolved config as JSON without running the command", async () => {
    const { code, out, calls } = await demo("round", "--rounds=2", "--print-config");
    expect(JSON.parse(out)).toMatchObject({ rounds: 2, lr: 3e-4 });
    expect([code, calls.length]).toEqual([0, 0]);
  });

  it("accepts as --config what --print-config wrote", async () => {
    const { out } = await demo("round", "--steps=2,4", "--device=3", "--print-config");
    const again = await demo("round", `--config=${configFile(out)}`, "--print-config");
    expect(again.out).toBe(out);
  });

  it("helps from the schema", async () => {
    const { out, calls } = await demo("round", "--help");
    expect(out).toContain("--engine=auto|onnx");
    expect(out).toContain("rounds in a row (default 1)");
    expect(out).toContain("--[no-]resume");
    expect(calls).toEqual([]);
    expect((await demo("--help")).out).toContain("round  distils one round");
  });
});

describe("runCli refuses with exit code 1 and one line", () => {
  it.each([
    [
      ["round", "--ruonds=2"],
      "demo round: every flag must be one that the command knows, got --ruonds. Did you mean --rounds?",
    ],
    [["round", "--zzzzzz"], "got --zzzzzz. --help lists all flags."],
    [
      ["round", "--ruonds=2", "--zzzzzz", "--rounds=many"],
      "got --ruonds, --zzzzzz. Did you mean --rounds for --ruonds?",
    ],
    [["round", "--no-resume=3"], "--no-resume must stand alone, got 3. Write --no-resume, or --resume."],
    [["round", "--rounds=many"], 'demo round: rounds must be a number, got "many" (flag --rounds). See --help.'],
    [["round", "--rounds=0"], "demo round: rounds must be at least 1, got 0 (flag --rounds). See --help."],
    [["round", "--rounds=1.5"], "rounds must be a whole number, got 1.5 (flag --rounds)"],
    [["round", "--lr=0"], "lr must be more than 0, got 0 (flag --lr)"],
    [["round", "--steps=8,0"], "steps (1) must be at least 1, got 0 (flag --steps)"],
    [["round", "--steps="], "steps must be at least 1 values long, got [] (flag --steps)"],
    [["round", "--engine=cuda"], 'engine must be one of auto, onnx, got "cuda" (flag --engine)'],
    [["round", "--device=x"], 'device must be auto or must be a number, got "x" (flag --device)'],
    [["round", "--resume=maybe"], 'resume must be true or false, got "maybe" (flag --resume)'],
    [["round", "--no-rounds"], "got --no-rounds."],
    [["round", "--rounds"], "--rounds must have a value, got none"],
    [["round", "8"], 'everything after the command must be a flag, got "8"'],
    [["round", "--rounds=2", "--weights-from=x"], "--weights-from goes with one round, got 2"],
    [["rund"], 'demo: the first argument must be a command, got "rund". Did you mean round?'],
    [[], "demo: the first argument must be a command, got none. Give one of: round."],
    [["round", "--config=/no/such"], "the config file must be readable JSON, got ENOENT (/no/such)"],
  ])("%j", async (args, message) => {
    const { code, err, out, calls } = await demo(...args);
    expect(err).toContain(message);
    expect([code, out, calls.length, err.split("\n").length]).toEqual([1, "", 0, 2]);
  });

  it.each([
    ['{"ruonds": 1}', "every config key must be an option of the command, got ruonds"],
    ['{"rounds": "1"}', 'rounds must be a number, got "1" (config '],
    ["[1]", "the config file must hold one object, got [1]"],
    ["{", "the config file must be readable JSON"],
  ])("a config file that holds %s", async (content, message) => {
    const { code, err, calls } = await demo("round", `--config=${configFile(content)}`);
    expect(err).toContain(message);
    expect([code, calls.length]).toEqual([1, 0]);
  });

  it("a full disk, without a stack", async () => {
    const { code, err } = await demo("round", "--weights-from=full");
    expect(err).toContain("the disk must have room for the file, got ENOSPC (/x). Free some space");
    expect(err).not.toContain("    at ");
    expect(code).toBe(1);
  });
});

it("runCli exits as a shell counts signals where a command was stopped in good order", async () => {
  const { code, err, out } = await demo("round", "--weights-from=stopped");
  expect([code, out]).toEqual([130, ""]);
  expect(err).toMatch(/\nstopped at 3; the same command goes on\n$/);
});

it("runCli shows a defect's stack and returns 2", async () => {
  const { code, err } = await demo("round", "--weights-from=broken");
  expect(err).toMatch(/TypeError: a defect\n {4}at /);
  expect(code).toBe(2);
});

describe("defineCommand", () => {
  const declare = (shape: z.ZodRawShape) =>
    defineCommand({ name: "x", summary: "", options: z.object(shape), run: async () => {} });

  it("refuses a flag that nx swallows, and one that every command has", () => {
    expect(() => declare({ batchSize: z.number() })).toThrow("--batch-size would be swallowed by nx");
    expect(() => declare({ config: z.string() })).toThrow("--config is a flag of every command");
  });

  it("takes any other", () => {
    expect(() => declare({ microbatch: z.number() })).not.toThrow();
  });
});

it("runCli prints the version of the project, with or without a command", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  for (const args of [["--version"], ["round", "--version"], ["round", "--rounds=0", "--version"]]) {
    expect(await demo(...args)).toMatchObject({ code: 0, out: `${version}\n`, calls: [] });
  }
});

it("a flag that repeats collects its values, commas and all; the last of any other counts", async () => {
  const store = repeated(z.string(), { min: 1 }).default(["one"]).describe("stores");
  const command = {
    name: "show",
    summary: "",
    options: z.object({ store, n: z.int().default(1) }),
    run: async () => {},
  };
  const shown = async (...args: string[]) => {
    let out = "";
    const sink = { write: (text: string) => (out += text) };
    await runCli("demo", [command], ["show", ...args, "--print-config"], { out: sink, err: sink });
    return JSON.parse(out);
  };
  expect(await shown()).toEqual({ store: ["one"], n: 1 });
  expect(await shown("--store=a,b", "--n=2", "--store", "c d", "--n=3", "--store=")).toEqual({
    store: ["a,b", "c d", ""],
    n: 3,
  });
  const file = configFile(JSON.stringify({ store: ["x"] }));
  expect((await shown(`--config=${file}`)).store).toEqual(["x"]);
  expect((await shown(`--config=${file}`, "--store=y")).store).toEqual(["y"]);
});

it("runCli prints a command's options for programs too", async () => {
  const { options: shown } = JSON.parse((await demo("round", "--help=json")).out);
  expect(shown).toMatchObject([
    { name: "rounds", kind: "number", repeats: false, description: "rounds in a row", default: "1" },
    ...[{ name: "lr" }, { name: "steps", kind: "list" }, { name: "engine", values: ["auto", "onnx"], default: "auto" }],
    ...[{ name: "device" }, { name: "weights-from" }, { name: "resume", kind: "boolean", default: "yes" }],
  ]);
});
