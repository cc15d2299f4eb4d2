#!/usr/bin/env node
/**
 * @file `npm run fuzz`: readers, tokenizers and headers held against inputs that nobody would write, for a given time.
 *
 * A case is known by its target, its number and the seed: `--targets=readers --from=17 --cases=1 --seed=1` is that one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { alignTable, defineCommand, runCli } from "@sdtt/core/cli";
import { z } from "zod";
import { fuzz } from "./fuzz.js";
import { targets } from "./targets.js";

const names = targets.map(({ name }) => name);

const options = z.object({
  minutes: z.number().positive().default(1).describe("how long"),
  cases: z.int().positive().optional().describe("stop after so many cases of all targets together"),
  from: z.int().nonnegative().default(0).describe("case of all at which to begin"),
  targets: z
    .array(z.string())
    .min(1)
    .default(names)
    .describe(`some of ${names.join(", ")}`),
  patience: z.int().positive().default(120).describe("seconds that one case may take"),
  seed: z.int().nonnegative().default(1).describe("of all cases"),
});

const command = defineCommand({
  name: "fuzz",
  summary: "try readers of text, tokenizers and headers on inputs drawn at random",
  options,
  rules({ targets: asked }) {
    const unknown = asked.find((name) => !names.includes(name));
    if (unknown === undefined) return;
    throw userError("fuzz", "targets must be of those there are", unknown, `Give some of: ${names.join(", ")}.`);
  },
  async run(o) {
    const folder = mkdtempSync(join(tmpdir(), "sdtt-fuzz-"));
    const say = (text: string) => process.stdout.write(`${text}\n`);
    const begunMs = performance.now();
    const { counts, cases, faults } = await fuzz({ ...o, folder, say });
    const rows = Object.entries(counts).flatMap(([target, outcomes]) =>
      Object.entries(outcomes).map(([outcome, count]) => [target, outcome, String(count)]),
    );
    say(alignTable([["target", "cases that ended", ""], ...rows], (column) => column === 2));
    say(`${cases} cases in ${((performance.now() - begunMs) / 60_000).toFixed(1)} minutes, ${faults.length} faults`);
    if (faults.length === 0) rmSync(folder, { recursive: true, force: true });
    else say(`kept: ${folder}`);
    if (faults.length > 0) process.exitCode = 1;
  },
});

const code = await runCli("fuzz", [command], ["fuzz", ...process.argv.slice(2)]);
process.exitCode ||= code;
