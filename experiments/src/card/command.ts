/**
 * @file `card-check`: all that is to be known of a graphics card in one go, within minutes, into one JSON and one table.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProgress } from "@sdtt/core/base";
import { defineCommand, markdownRows } from "@sdtt/core/cli";
import { engineFlags } from "@sdtt/core/engine";
import { writeFileAtomic } from "@sdtt/core/files";
import { presetNames } from "@sdtt/core/model";
import { commitOf, machineOf } from "@sdtt/core/workspace";
import { z } from "zod";
import { cardOf, runStep, type StepResult, steps, type Target, versionOf } from "./steps.js";

const names = Object.keys(steps);

const options = z.object({
  devices: z
    .array(z.enum(["cpu", "webgpu", "cuda", "tensorflow"]))
    .min(1)
    .default(["cuda", "webgpu", "tensorflow"])
    .describe("what to try, in this order: onnx on a device, or the tensorflow engine"),
  only: z
    .array(z.string())
    .optional()
    .describe(`steps, of: ${names.join("; ")}; default: all`),
  size: z.enum(presetNames).default("169m").describe("size of the larger benchmark"),
  minutes: z.number().positive().default(8).describe("the check is over after so many minutes, done or not"),
  threads: engineFlags.threads,
  pack: z
    .string()
    .optional()
    .describe("check nothing: write what a machine without Node needs for it into this new folder, in pieces"),
  pieceMib: z.int().positive().default(50).describe("size of a piece of --pack"),
  out: z.string().default(".sdtt/card-check").describe("folder of card-check.json and card-check.md"),
});

interface Tried {
  readonly target: Target;
  readonly results: readonly StepResult[];
}

const targetOf = (device: string): Target =>
  device === "tensorflow"
    ? { engine: "tensorflow", device: "cpu" }
    : { engine: "onnx", device: device as Target["device"] };

const titleOf = ({ engine, device }: Target): string => (engine === "tensorflow" ? engine : `${engine} on ${device}`);

function tableOf(tried: readonly Tried[], facts: Readonly<Record<string, string>>): string {
  const about = Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`);
  const rows = tried.flatMap(({ target, results }) =>
    results.map(({ step, isOk, found, seconds }) => [
      ...[titleOf(target), step, isOk ? "ok" : "not ok", found.replaceAll("|", "/"), `${seconds}`],
    ]),
  );
  const table = markdownRows([["engine", "step", "", "found", "s"], ...rows]);
  return `# Card check\n\n${about.join("\n")}\n\n${[table].flat().join("\n")}\n`;
}

async function packed(folder: string, pieceMiB: number): Promise<void> {
  const { packCheck } = await import("./pack.js");
  const bytes = await packCheck(folder, pieceMiB);
  const run = `experiments/bin/card-check.sh ${folder}`;
  process.stdout.write(`${(bytes / 2 ** 20).toFixed(1)} MiB in ${folder}; there, in a checkout: ${run}\n`);
}

export const cardCheck = defineCommand({
  name: "card-check",
  summary: "all that is to be known of a graphics card in one go: doctor, conformance, parity, speed, a resumed round",
  options,
  async run(o) {
    if (o.pack !== undefined) return packed(o.pack, o.pieceMib);
    const started = performance.now();
    const deadline = started + 60_000 * o.minutes;
    const folder = mkdtempSync(join(tmpdir(), "card-check-"));
    const wanted = names.filter((name) => o.only === undefined || o.only.some((asked) => name.startsWith(asked)));
    const progress = startProgress({ label: "card-check", total: o.devices.length * wanted.length, unit: "steps" });
    const { commit, dirty } = commitOf();
    const facts = {
      date: new Date().toISOString(),
      card: await cardOf(),
      machine: machineOf(),
      commit: `${commit.slice(0, 12)}${dirty ? " and changes" : ""}`,
      versions: `onnxruntime-node ${versionOf("onnxruntime-node")}, tfjs ${versionOf("@tensorflow/tfjs-core")}`,
    };
    const tried: Tried[] = [];
    const write = () => {
      const said = { ...facts, seconds: Math.round((performance.now() - started) / 1000), tried };
      writeFileAtomic(join(o.out, "card-check.json"), `${JSON.stringify(said, null, 2)}\n`);
      writeFileAtomic(join(o.out, "card-check.md"), tableOf(tried, facts));
    };
    try {
      for (const device of o.devices) {
        const target = targetOf(device);
        const results: StepResult[] = [];
        tried.push({ target, results });
        for (const [i, name] of wanted.entries()) {
          progress.update((tried.length - 1) * wanted.length + i, `${titleOf(target)}: ${name}`);
          results.push(await runStep(name, { target, folder: join(folder, "step"), deadline, size: o.size }));
          write();
        }
      }
    } finally {
      progress.done();
      rmSync(folder, { recursive: true, force: true });
    }
    process.stdout.write(`${tableOf(tried, facts)}\nWritten to ${o.out}\n`);
    if (tried.some(({ results }) => results.some(({ isOk }) => !isOk))) process.exitCode = 1;
  },
});
