#!/usr/bin/env node
/**
 * @file `npm run test:chaos`: kills pre-training, rounds, curves and the runner itself, and compares the bytes.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCommand, runCli } from "@sdtt/core/cli";
import { z } from "zod";
import { programs } from "../programs.js";
import { chaos } from "./chaos.js";
import { makeTiny } from "./tiny.js";

const options = z.object({
  kills: z.int().positive().default(200).describe("processes to kill"),
  killsPerSweep: z.int().positive().default(10).describe("kills of one sweep before it is let through"),
  seed: z.int().nonnegative().default(1).describe("of victims and moments"),
  keep: z.boolean().default(false).describe("keep the folder, as it is kept after a fault"),
});

/** Pre-training of a model of one block, two rounds from it, and curves of the first and the last. */
function specText(folder: string): string {
  const text = `source: "${folder}/texts", engine: "onnx", warmup: 1, checkpointEvery: 2`;
  return `import { defineExperiment } from "@sdtt/experiments";
export default defineExperiment({
  name: "chaos",
  question: "Are the bytes the same after kills?",
  stages: ["pretrain", "rounds", "curve"],
  base: {
    pretrain: { ${text}, blocks: 1, width: 32, heads: 2, length: 16, vocab: 280, updates: 6, sequences: 2,
      easyUpdates: 0, validationBatches: 1 },
    rounds: { ${text}, count: 2, updates: 6, sequences: 2 },
    curve: { judge: "${folder}/judge", steps: [2, 4], samples: 4, of: ["teacher", "last-round"], engine: "onnx" },
  },
  result: { metric: "gen-ppl", steps: 4 },
  limits: { retries: 1000, backoffSeconds: 0.01, threads: 1 },
});
`;
}

const command = defineCommand({
  name: "chaos",
  summary: "kill a small sweep at random moments and compare what it ends with",
  options,
  async run(o) {
    const folder = mkdtempSync(join(tmpdir(), "sdtt-chaos-"));
    makeTiny(folder);
    const spec = join(folder, "chaos.experiment.ts");
    writeFileSync(spec, specText(folder));
    const say = (text: string) => process.stdout.write(`${text}\n`);
    const report = await chaos({ ...o, program: programs.experiments, spec, folder, say });
    say(JSON.stringify(report, null, 2));
    if (report.faults.length > 0 || o.keep) say(`kept: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
    if (report.faults.length > 0) process.exitCode = 1;
  },
});

const code = await runCli("chaos", [command], ["chaos", ...process.argv.slice(2)]);
process.exitCode ||= code;
