/**
 * @file Every command of docs/paper-setting.md is one that our command lines know, and prints what stands beneath it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, runCli } from "@sdtt/core/cli";
import { prepare, pretrain, round } from "@sdtt/distill/commands";
import { curve, lambada } from "@sdtt/eval/commands";
import { afterEach, describe, expect, it, vi } from "vitest";

const text = readFileSync(join(import.meta.dirname, "../../docs/paper-setting.md"), "utf8");
// biome-ignore lint/suspicious/noExplicitAny: commands of unlike schemas in one list
const programs: Record<string, readonly Command<any>[]> = {
  distill: [prepare, pretrain, round],
  eval: [curve, lambada],
};
/** Commands that fetch: there is nothing to plan, and their flags are checked where they live. */
const elsewhere = ["core:import"];

/** Each command with the text block beneath it. */
const documented = [...text.matchAll(/```sh\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```)?/g)].map(
  ([, command, shown]) => {
    const words = (command as string).replaceAll("\\\n", " ").trim().split(/\s+/);
    const [program = "", name = ""] = (words[3] as string).split(":");
    return {
      launcher: words.slice(0, 3).join(" "),
      target: words[3] as string,
      program,
      args: [name, ...words.slice(4)],
      shown,
    };
  },
);
const ours = documented.filter(({ target }) => !elsewhere.includes(target));

/** Exit code, and what went to the terminal. */
async function run(program: string, args: readonly string[]): Promise<{ code: number; printed: string }> {
  let printed = "";
  const write = (chunk: unknown) => {
    printed += String(chunk);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(write as typeof process.stdout.write);
  const sinks = { out: { write }, err: { write: () => {} } };
  const code = await runCli(program, programs[program] ?? [], args, sinks);
  return { code, printed };
}

afterEach(() => vi.restoreAllMocks());

describe("docs/paper-setting.md", () => {
  it("gives commands that are run through nx, of every stage", () => {
    expect(documented.map(({ target }) => target).sort()).toEqual([
      "core:import",
      "core:import",
      "distill:prepare",
      "distill:pretrain",
      "distill:round",
      "eval:curve",
      "eval:lambada",
    ]);
    for (const { launcher } of documented) expect(launcher).toBe("npx nx run");
  });

  it.each(ours)("$target resolves with every flag that is given", async ({ program, args }) => {
    const { code, printed } = await run(program, [...args, "--print-config"]);
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(printed)).length).toBeGreaterThan(args.length - 1);
  });

  it.each(ours)("$target prints the dry run that stands beneath it", async ({ program, args, shown }) => {
    const { code, printed } = await run(program, [...args, "--dry-run", "--gflops=140"]);
    expect([code, printed]).toEqual([0, shown]);
  });

  it("would fail for a flag that is misspelt", async () => {
    const { code } = await run("distill", ["round", "--learning-rate=6e-5", "--print-config"]);
    expect(code).toBe(1);
  });

  it("asks for the paper's setting", async () => {
    const round = ours.find(({ target }) => target === "distill:round");
    const { printed } = await run("distill", [...(round?.args ?? []), "--print-config"]);
    expect(JSON.parse(printed)).toMatchObject({
      ...{ rounds: 7, updates: 10_000, sequences: 128, initialSteps: 1024, substeps: 2, divergence: "reverse-kl" },
      ...{ lr: 6e-5, warmup: 500, weightDecay: 0, beta1: 0.9, beta2: 0.999, clip: 1, ema: 0.9999, dropout: 0.1 },
    });
  });
});

describe("a dry run", () => {
  it("says in JSON what it says as a table", async () => {
    const args = ["round", "--teacher=nowhere", "--size=169m", "--dry-run", "--gflops=1000", "--json", "--no-evaluate"];
    const { code, printed } = await run("distill", args);
    expect(code).toBe(0);
    const plan = JSON.parse(printed);
    expect(plan.parameters).toEqual({ "teacher and student": 169_627_218 });
    expect(plan.seconds).toBeCloseTo(plan.flops / 1e12, 6);
    expect(plan.memoryBytes).toBeGreaterThan(4 * 4 * 169_627_218);
  });

  it("needs less memory in microbatches, for the same operations", async () => {
    const plan = async (...more: string[]) => {
      const args = ["pretrain", "--size=169m", "--vocab=50257", "--sequences=64", "--dry-run", "--gflops=1", "--json"];
      return JSON.parse((await run("distill", [...args, ...more])).printed);
    };
    const [whole, cut] = [await plan(), await plan("--microbatch=1")];
    expect(cut.flops).toBe(whole.flops);
    expect(cut.memoryBytes).toBeLessThan(whole.memoryBytes / 4);
  });

  it("asks for a size where the checkpoint is not there", async () => {
    const { code, printed } = await run("eval", ["curve", "--checkpoint=nowhere", "--dry-run"]);
    expect([code, printed]).toEqual([1, ""]);
  });
});
